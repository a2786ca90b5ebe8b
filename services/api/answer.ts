/** What a route may answer with: where the schema wants decimal text, a bigint becomes it on its way out. */
export type AnswerOf<T> = T extends string
  ? T | bigint
  : T extends readonly (infer Item)[]
    ? readonly AnswerOf<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: AnswerOf<T[Key]> }
      : T

/** Turns bigint into decimal text, since JSON has no integers of that size. */
export function replaceBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
