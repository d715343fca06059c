import { useLanguage } from '../parts/language.js';
import { needsOf } from '../parts/browser-needs.js';

/** Whether this browser has what a device needs. */
export function BrowserSection() {
  const { text, counted } = useLanguage().catalogue;
  const needs = needsOf(globalThis);
  const missing = needs.filter(({ isThere }) => !isThere).length;
  return (
    <section aria-labelledby="browser">
      <h2 id="browser">{text('browser.heading')}</h2>
      <p className={missing === 0 ? '' : 'warning'}>
        {missing === 0 ? text('browser.ready') : counted('browser.lacking', missing)}
      </p>
      <ul className="checks">
        {needs.map(({ key, isThere }) => (
          <li key={key} data-there={isThere}>
            <span aria-hidden="true" className="sign">
              {isThere ? '✓' : '✗'}
            </span>
            {text(key)}
            <span className="unseen">: {text(isThere ? 'browser.has' : 'browser.lacks')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
