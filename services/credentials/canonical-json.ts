type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** JSON as RFC 8785 writes it, for text, booleans and safe integers: names sorted, no blanks. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const object = value as { readonly [name: string]: Json }
  const members = Object.keys(object)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(object[name]!)}`)
  return `{${members.join(',')}}`
}
