import { DomainError } from '../../errors.ts'

/** A message where types are lost: amounts are decimal strings, counts and times are numbers. */
export type Fields = Readonly<Record<string, unknown>>

const LONGEST_TEXT = 200

/** Each of these throws `flex-message-malformed`, naming the field and what it should be. */
export function fieldsOf(input: unknown, what: string): Fields {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw malformed(`${what} is an object`, input)
  return input as Fields
}

export function textOf(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_TEXT) {
    throw malformed(`${name} is a text of 1 to ${LONGEST_TEXT} characters`, value)
  }
  return value
}

export function optionalTextOf(fields: Fields, name: string): string | null {
  return fields[name] === null || fields[name] === undefined ? null : textOf(fields, name)
}

export function wholeOf(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw malformed(`${name} is a whole number`, value)
  return value
}

export function amountOf(fields: Fields, name: string): bigint {
  const value = fields[name]
  if (typeof value !== 'string' || !/^-?[0-9]{1,20}$/.test(value)) {
    throw malformed(`${name} is a whole number in a string, such as "1200"`, value)
  }
  return BigInt(value)
}

export function choiceOf<Choice extends string>(fields: Fields, name: string, choices: readonly Choice[]): Choice {
  const value = fields[name]
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined) throw malformed(`${name} is one of ${choices.join(', ')}`, value)
  return choice
}

export function listOf<Item>(fields: Fields, name: string, parse: (item: Fields) => Item): Item[] {
  const value = fields[name]
  if (!Array.isArray(value)) throw malformed(`${name} is a list`, value)
  return value.map((item: unknown) => parse(fieldsOf(item, `each of ${name}`)))
}

function malformed(message: string, value: unknown): DomainError {
  return new DomainError('flex-message-malformed', message, { value })
}
