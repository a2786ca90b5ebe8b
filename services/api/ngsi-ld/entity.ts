/** Where terms of the Smart Data Models and of NGSI-LD itself are explained. */
export const CONTEXTS = [
  'https://smartdatamodels.org/context.jsonld',
  'https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld',
] as const

export const ENTITY_TYPES = ['Device', 'DeviceMeasurement', 'ACMeasurement'] as const
export type EntityType = (typeof ENTITY_TYPES)[number]

type Value = string | number | boolean | readonly string[] | Readonly<Record<string, number>>

export type Attribute =
  | {
      readonly type: 'Property'
      readonly value: Value
      /** ISO 8601 in UTC. */
      readonly observedAt?: string
      /** By UN/CEFACT. */
      readonly unitCode?: string
    }
  | { readonly type: 'Relationship'; readonly object: string }

export type Entity = {
  readonly id: string
  readonly type: EntityType
  readonly attributes: Readonly<Record<string, Attribute>>
}

export type EntityFormat = 'normalized' | 'keyValues'

/** As it is sent; with its context where that is not in a header. */
export function formatEntity(entity: Entity, format: EntityFormat, hasContext: boolean): Record<string, unknown> {
  const { id, type } = entity
  const attributes = Object.entries(entity.attributes).map(([name, attribute]): [string, unknown] => [
    name,
    format === 'normalized' ? attribute : valueOf(attribute),
  ])
  return { id, type, ...Object.fromEntries<unknown>(attributes), ...(hasContext ? { '@context': CONTEXTS } : {}) }
}

/** The attribute alone, without what is said of it. */
export function valueOf(attribute: Attribute): Value {
  return attribute.type === 'Property' ? attribute.value : attribute.object
}
