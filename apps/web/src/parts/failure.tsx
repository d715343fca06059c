import { useLanguage } from './language.js';

/** Says that something did not work, by its code alone: messages of servers are not shown. */
export function Failure({ error }: { readonly error: unknown }) {
  const { text } = useLanguage().catalogue;
  return (
    <p className="warning" role="alert">
      {text('failed.text', { code: codeOf(error) })}
    </p>
  );
}

function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && /^[a-z-]{1,30}\/[a-z-]{1,50}$/.test(code) ? code : 'page/unexpected';
}
