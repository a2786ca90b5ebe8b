import { z } from 'zod'
import { ENTITY_TYPES, type EntityType } from '../ngsi-ld/entity.ts'
import { wholeNumber } from './scalars.ts'

const MOST_LISTED = 50
const LARGEST_PAGE = 200
const LARGEST_OFFSET = 10_000

const listed = (pattern: RegExp, what: string) =>
  z
    .string()
    .max(5_000)
    .transform((text) => text.split(','))
    .pipe(
      z
        .array(z.string().regex(pattern, { error: `is no list of ${what}, parted by commas` }))
        .max(MOST_LISTED, { error: `has more than ${MOST_LISTED} ${what}` }),
    )

const format = z.enum(['normalized', 'keyValues', 'simplified', 'concise']).refine((name) => name !== 'concise', {
  error: 'is not concise here: normalized or keyValues',
})

/** Types whose full names (IRIs) are given are taken by their last part. */
const types = z
  .string()
  .max(1_000)
  .transform((text) => text.split(',').map((name) => name.split('/').at(-1)!))
  .pipe(z.array(z.string().regex(/^\w{1,60}$/, { error: 'is no list of types, parted by commas' })).max(MOST_LISTED))
  .transform((names) => ENTITY_TYPES.filter((type): type is EntityType => names.includes(type)))

export const entityQuery = z
  .strictObject({
    type: types.optional(),
    id: listed(/^\S{1,256}$/, 'ids').optional(),
    q: z.string().min(1).max(1_000).optional(),
    attrs: listed(/^[A-Za-z]\w{0,59}$/, 'attributes').optional(),
    limit: wholeNumber(1, LARGEST_PAGE, 'The most entities to answer with; 20 unless told.').optional(),
    offset: wholeNumber(0, LARGEST_OFFSET, 'How many entities to leave out.').optional(),
    count: z.enum(['true', 'false']).optional(),
    options: format.optional(),
    format: format.optional(),
  })
  .refine(({ type, id, q, attrs }) => [type, id, q, attrs].some((part) => part !== undefined), {
    error: 'give one of type, id, q and attrs',
  })

export const oneEntityQuery = z.strictObject({
  attrs: listed(/^[A-Za-z]\w{0,59}$/, 'attributes').optional(),
  options: format.optional(),
  format: format.optional(),
})

export const entityPath = z.object({
  id: z
    .string()
    .regex(/^\S{1,256}$/, { error: 'is no URI' })
    .meta({ description: 'URI of the entity.' }),
})

/** For the document alone: attributes are those of the Smart Data Models. */
export const entity = z
  .looseObject({ id: z.string(), type: z.enum(ENTITY_TYPES) })
  .meta({ id: 'NgsiLdEntity', description: 'A Device, DeviceMeasurement or ACMeasurement of the Smart Data Models.' })
export const entityList = z.array(entity).meta({ id: 'NgsiLdEntityList' })

export type EntityQuery = z.output<typeof entityQuery>
