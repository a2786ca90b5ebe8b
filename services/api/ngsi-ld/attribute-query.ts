import { DomainError } from '../../domain/errors.ts'
import { valueOf, type Entity } from './entity.ts'

const MOST_TERMS = 10
const TERM = /^([A-Za-z][\w]{0,59})(==|!=|>=|<=|>|<)("[^"]{0,200}"|[^";|()~]{1,200})$/

type Operator = '==' | '!=' | '>=' | '<=' | '>' | '<'

/**
 * Makes what tells whether an entity fulfils a query (`q`): comparisons of simple attributes, all of which have to hold,
 * such as `controlledProperty=="voltage";numValue>230`. Throws `request-malformed`.
 */
export function parseAttributeQuery(text: string): (entity: Entity) => boolean {
  const parts = text.split(';')
  if (parts.length > MOST_TERMS) throw malformed(`it has ${parts.length} terms, and ${MOST_TERMS} are the most`)
  const terms = parts.map((part) => {
    const match = TERM.exec(part)
    if (match === null)
      throw malformed(`${JSON.stringify(part.slice(0, 60))} is no comparison of an attribute with a value`)
    return { name: match[1]!, operator: match[2] as Operator, wanted: literalOf(match[3]!) }
  })
  return (entity) =>
    terms.every(({ name, operator, wanted }) => {
      const attribute = entity.attributes[name]
      return attribute !== undefined && holds(valueOf(attribute), operator, wanted)
    })
}

function holds(value: ReturnType<typeof valueOf>, operator: Operator, wanted: string | number | boolean): boolean {
  if (Array.isArray(value)) {
    const has = value.some((item) => item === wanted)
    return operator === '==' ? has : operator === '!=' && !has
  }
  if (operator === '==') return value === wanted
  if (operator === '!=') return value !== wanted
  if (typeof value !== typeof wanted || (typeof value !== 'number' && typeof value !== 'string')) return false
  switch (operator) {
    case '>=':
      return value >= wanted
    case '<=':
      return value <= wanted
    case '>':
      return value > wanted
    case '<':
      return value < wanted
  }
}

function literalOf(text: string): string | number | boolean {
  if (text.startsWith('"')) return text.slice(1, -1)
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : text
}

function malformed(reason: string): DomainError {
  return new DomainError('request-malformed', `q: ${reason}`)
}
