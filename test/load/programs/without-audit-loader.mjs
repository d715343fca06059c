/** Puts the parts of without-audit-parts.mjs in the place of the product's own; those ask for the originals by `?own`. */
const parts = new URL('./without-audit-parts.mjs', import.meta.url).href;
const replaced = /\/libs\/audit\/dist\/application\/(audit-recorder|promise-signer)\.js$/;

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  return replaced.test(found.url) ? { ...found, url: parts, format: 'module' } : found;
}
