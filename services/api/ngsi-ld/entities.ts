import type { Request } from 'express'
import { DomainError } from '../../domain/errors.ts'
import type { Store } from '../../store/connect.ts'
import { listDevices, type Device } from '../../store/devices.ts'
import { readArea } from '../../store/views/area.ts'
import { listLastSeen, listLatestMeasurements } from '../../store/views/latest-measurements.ts'
import { isReadable, type Access } from '../access/access.ts'
import { deviceViewerOf, deviceViewOf, isShown, membersShown, type DeviceViewer } from '../device-viewer.ts'
import type { ApiDeps } from '../server.ts'
import { parseAttributeQuery } from './attribute-query.ts'
import { deviceOfId, entitiesOf, type DeviceState } from './device-entities.ts'
import { ENTITY_TYPES, type Entity, type EntityType } from './entity.ts'

export type EntityWish = {
  readonly types: readonly EntityType[]
  /** Null for any. */
  readonly ids: readonly string[] | null
  readonly q: string | null
  readonly limit: number
  readonly offset: number
  /** Whether all that there are are to be counted. */
  readonly isCounted: boolean
}

export type EntityPage = {
  readonly items: readonly Entity[]
  /** Null where they were not counted. */
  readonly count: number | null
}

type Options = {
  readonly store: Store
  readonly chainId: bigint
  readonly access: Pick<Access, 'requireScope' | 'rolesOf' | 'viewerOf'>
}

const DEVICES_AT_ONCE = 500
/** Nobody is answered by looking through more. */
const MOST_DEVICES = 10_000

/** Devices and what they measured last as entities, to whoever may see them by the rules of the api. */
export function ngsiLdOf({ store, chainId, access }: Options): Pick<ApiDeps, 'listEntities' | 'readEntity'> {
  const statesOf = async (by: DeviceViewer, devices: readonly Device[]): Promise<DeviceState[]> => {
    const measuring = devices.filter((device) => isMeasurementShown(by, device)).map(({ address }) => address)
    const living = devices.filter((device) => isShown(by, device, 'quarter-hours')).map(({ address }) => address)
    const [measurements, seen] = await Promise.all([
      listLatestMeasurements(store, measuring),
      listLastSeen(store, living),
    ])
    const measuredBy = Map.groupBy(measurements, ({ device }) => device)
    const seenOf = new Map(seen.map((health) => [health.device, health]))
    return devices.map((device) => ({
      device: deviceViewOf(by, device, chainId),
      isShown: isShown(by, device, 'membership'),
      lastSeenAt: seenOf.get(device.address)?.lastSeenAt ?? null,
      firmware: seenOf.get(device.address)?.firmware ?? null,
      measurements: measuredBy.get(device.address) ?? [],
    }))
  }

  const listEntities = async (request: Request, wish: EntityWish): Promise<EntityPage> => {
    const { id: area } = await readArea(store)
    const by = await deviceViewerOf(access, request, area)
    const fulfils = wish.q === null ? () => true : parseAttributeQuery(wish.q)
    const about = wish.ids?.map(deviceOfId).filter((found) => found !== null)
    const filter = {
      area,
      members: membersOf(by),
      addresses: about?.map(({ address }) => address),
    }
    const items: Entity[] = []
    let count = 0
    let after = ''
    for (let seen = 0; seen <= MOST_DEVICES; seen += DEVICES_AT_ONCE) {
      const devices = await listDevices(store, filter, { after, limit: DEVICES_AT_ONCE })
      for (const state of await statesOf(by, devices)) {
        for (const entity of entitiesOf(state, wish.types)) {
          if (wish.ids?.includes(entity.id) === false || !fulfils(entity)) continue
          count += 1
          if (count > wish.offset && items.length < wish.limit) items.push(entity)
        }
      }
      const isEnough = items.length === wish.limit && !wish.isCounted
      if (devices.length < DEVICES_AT_ONCE || isEnough) return { items, count: wish.isCounted ? count : null }
      after = devices.at(-1)!.address
    }
    throw new DomainError('too-many-results', `more than ${MOST_DEVICES} devices would have to be looked through`)
  }

  return {
    listEntities,
    async readEntity(request, id) {
      const about = deviceOfId(id)
      const wish = { types: about === null ? [...ENTITY_TYPES] : [about.type], ids: [id], q: null, limit: 1, offset: 0 }
      const { items } = await listEntities(request, { ...wish, isCounted: false })
      const [entity] = items
      if (entity === undefined) throw new DomainError('entity-unknown', `no entity ${id.slice(0, 100)} is shown to you`)
      return entity
    },
  }
}

/** Null for those of everybody, and of nobody. */
function membersOf(by: DeviceViewer): number[] | null {
  const [one, other] = [membersShown(by, 'membership'), membersShown(by, 'quarter-hours')]
  return one === null || other === null ? null : [...new Set([...one, ...other])]
}

/** What flowed is nobody's business who only runs devices. */
function isMeasurementShown({ viewer }: DeviceViewer, { memberId }: Device): boolean {
  const readable = viewer['quarter-hours']
  return memberId === null ? readable === 'all' : isReadable(readable, memberId)
}
