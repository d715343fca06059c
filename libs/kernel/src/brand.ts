declare const brand: unique symbol;

/** A nominal type: values of `Base` that went through the one function that may name them `Name`. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
