import { Router, type Request, type Response } from 'express'
import { DomainError } from '../../domain/errors.ts'
import type { EntityPage, EntityWish } from '../ngsi-ld/entities.ts'
import { CONTEXTS, ENTITY_TYPES, formatEntity, type Entity, type EntityFormat } from '../ngsi-ld/entity.ts'
import { refuseAsNgsiLd } from '../ngsi-ld/problem.ts'
import { parsePart } from '../request-part.ts'
import { entityPath, entityQuery, oneEntityQuery } from '../schemas/ngsi-ld.ts'

type Deps = {
  /** Throws `too-many-requests`. */
  readonly requireEntitiesWelcome: (request: Request) => void
  /** Throws `not-signed-in`, `api-key-scope-missing`, `request-malformed` or `too-many-results`. */
  readonly listEntities: (request: Request, wish: EntityWish) => Promise<EntityPage>
  /** Throws `entity-unknown` for one that the caller may not see too. */
  readonly readEntity: (request: Request, id: string) => Promise<Entity>
}

const ENTITIES = '/ngsi-ld/v1/entities'
const DEFAULT_LIMIT = 20
const JSON_TYPE = 'application/json'
const LD_TYPE = 'application/ld+json'
const LINK = `<${CONTEXTS[0]}>; rel="http://www.w3.org/ns/json-ld#context"; type="${LD_TYPE}"`

/** What NGSI-LD (ETSI GS CIM 009) has clients read entities by. */
export function ngsiLdRoutes(deps: Deps): Router {
  const router = Router()

  router.get(ENTITIES, async (request, response) => {
    const type = acceptedBy(request)
    deps.requireEntitiesWelcome(request)
    const query = parsePart(entityQuery, request.query)
    const { items, count } = await deps.listEntities(request, {
      types: query.type ?? ENTITY_TYPES,
      ids: query.id ?? null,
      q: query.q ?? null,
      limit: query.limit ?? DEFAULT_LIMIT,
      offset: query.offset ?? 0,
      isCounted: query.count === 'true',
    })
    if (count !== null) response.set('NGSILD-Results-Count', String(count))
    send(
      response,
      type,
      items.map((entity) => shown(entity, query, type)),
    )
  })

  router.get(`${ENTITIES}/:id`, async (request, response) => {
    const type = acceptedBy(request)
    deps.requireEntitiesWelcome(request)
    const query = parsePart(oneEntityQuery, request.query)
    const { id } = parsePart(entityPath, request.params)
    send(response, type, shown(await deps.readEntity(request, id), query, type))
  })

  router.use('/ngsi-ld', refuseAsNgsiLd)
  return router
}

type Shown = { readonly attrs?: readonly string[] | undefined } & Partial<
  Record<'options' | 'format', string | undefined>
>

function shown(entity: Entity, { attrs, options, format }: Shown, type: string): Record<string, unknown> {
  const wanted = Object.entries(entity.attributes).filter(([name]) => attrs === undefined || attrs.includes(name))
  const name = format ?? options ?? 'normalized'
  const as: EntityFormat = name === 'normalized' ? 'normalized' : 'keyValues'
  return formatEntity({ ...entity, attributes: Object.fromEntries(wanted) }, as, type === LD_TYPE)
}

/** JSON unless JSON-LD is asked for. Throws `format-not-acceptable`. */
function acceptedBy(request: Request): string {
  const type = request.accepts(JSON_TYPE, LD_TYPE)
  if (type !== false) return type
  throw new DomainError('format-not-acceptable', `entities are answered as ${JSON_TYPE} or ${LD_TYPE}`)
}

function send(response: Response, type: string, body: unknown): void {
  if (type === JSON_TYPE) response.set('Link', LINK)
  response.set('Vary', 'Accept').type(type).send(JSON.stringify(body))
}
