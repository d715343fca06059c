import type { ReactNode } from 'react';
import { type Language, languageNames, languages } from '../texts/catalogue.js';
import { useLanguage } from './language.js';

/** What stands around every page: name, language, and what is true of all of it. */
export function PageFrame({ isDemo, children }: { readonly isDemo: boolean; readonly children: ReactNode }) {
  const { catalogue } = useLanguage();
  const { text } = catalogue;
  return (
    <>
      <a className="skip" href="#content">
        {text('page.skip')}
      </a>
      <header>
        {isDemo && <p className="banner">{text('demo.banner')}</p>}
        <div className="top">
          <p className="name">
            <span aria-hidden="true" className="mark" />
            {text('page.title')}
          </p>
          <LanguageChoice />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {!catalogue.isReviewed && <p className="aside">{text('page.unreviewed')}</p>}
        {children}
      </main>
      <footer className="bottom">
        <p>{text('page.notAudited')}</p>
      </footer>
    </>
  );
}

function LanguageChoice() {
  const { catalogue, choose } = useLanguage();
  return (
    <label className="choice">
      <span>{catalogue.text('page.language')}</span>
      <select value={catalogue.language} onChange={({ target }) => choose(target.value as Language)}>
        {languages.map((language) => (
          <option key={language} value={language} lang={language}>
            {languageNames[language]}
          </option>
        ))}
      </select>
    </label>
  );
}
