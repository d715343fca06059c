import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { type Catalogue, catalogueOf, chosenLanguage, type Language, languages, PSEUDO } from '../texts/catalogue.js';

interface LanguageChoice {
  readonly catalogue: Catalogue;
  readonly choose: (language: Language) => void;
}

const Choice = createContext<LanguageChoice | undefined>(undefined);
const SLOT = 'rogatory-language';

/** Gives the pages their texts: in the language that was chosen here, else in one that the browser asks for. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => chosenLanguage([kept(), ...navigator.languages]));
  const isPseudo = navigator.languages[0] === PSEUDO;
  const catalogue = useMemo(() => catalogueOf(language, isPseudo), [language, isPseudo]);
  useEffect(() => {
    document.documentElement.lang = catalogue.locale;
    document.title = catalogue.text('page.title');
  }, [catalogue]);
  const choice = useMemo(
    () => ({
      catalogue,
      choose: (next: Language) => {
        setLanguage(next);
        keep(next);
      },
    }),
    [catalogue],
  );
  return <Choice value={choice}>{children}</Choice>;
}

export function useLanguage(): LanguageChoice {
  const choice = useContext(Choice);
  if (choice === undefined) throw new RangeError('no language is provided');
  return choice;
}

/** A browser may refuse to keep anything: then the choice holds for this page. */
function kept(): string {
  try {
    const told = localStorage.getItem(SLOT) ?? '';
    return languages.some((language) => language === told) ? told : '';
  } catch {
    return '';
  }
}

function keep(language: Language): void {
  try {
    localStorage.setItem(SLOT, language);
  } catch {
    return;
  }
}
