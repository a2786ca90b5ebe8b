import { MOST_ENTRIES } from './limits.ts'
import { malformed, shown } from './malformed.ts'
import { parsePath } from './resource-path.ts'
import type { CoreLink } from './core-links.ts'

export type OfferedObject = {
  /** `1.0` where the device does not say. */
  readonly version: string
  /** In ascending order; empty where there is none yet. */
  readonly instances: readonly number[]
}

/** What a device has, by its registration. */
export type OfferedObjects = {
  /** What stands before each path that is asked for; empty, or such as `/lwm2m`. */
  readonly root: string
  /** Content formats that it told; empty where it does not say. */
  readonly formats: readonly number[]
  readonly objects: ReadonlyMap<number, OfferedObject>
}

const RESOURCE_TYPE = 'oma.lwm2m'
const VERSION = /^\d{1,3}\.\d{1,3}$/
const ROOT = /^(?:\/[A-Za-z0-9._~-]{1,32}){0,4}$/
const MOST_FORMATS = 32

/** Makes of the links of a registration which objects there are. Links to something else are left out. */
export function offeredObjectsOf(links: readonly CoreLink[]): OfferedObjects {
  const rootLink = links.find(({ attributes }) => attributes.get('rt') === RESOURCE_TYPE)
  const root = rootLink === undefined ? '' : rootOf(rootLink.target)
  const objects = new Map<number, { version: string; instances: Set<number> }>()
  for (const link of links) {
    const path = link === rootLink ? null : objectPathOf(link.target, root)
    if (path === null) continue
    const [object, instance] = path as readonly [number, number?]
    const offered = objects.get(object) ?? { version: '1.0', instances: new Set() }
    offered.version = versionOf(link) ?? offered.version
    if (instance !== undefined) offered.instances.add(instance)
    objects.set(object, offered)
    if (objects.size > MOST_ENTRIES) throw malformed(`it has more than ${MOST_ENTRIES} objects`)
  }
  return {
    root,
    formats: formatsOf(rootLink),
    objects: new Map(
      [...objects].map(([object, { version, instances }]) => [
        object,
        { version, instances: [...instances].sort((one, other) => one - other) },
      ]),
    ),
  }
}

function rootOf(target: string): string {
  const root = target.replace(/\/$/, '')
  if (!ROOT.test(root)) throw malformed(`${shown(target)} is no root of objects`)
  return root
}

function objectPathOf(target: string, root: string): readonly number[] | null {
  const name = target.startsWith(`${root}/`) ? target.slice(root.length) : null
  if (name === null || !/^\/\d/.test(name)) return null
  const path = parsePath(name)
  if (path.length > 2) throw malformed(`${shown(target)} is neither an object nor an instance`)
  return path
}

function versionOf({ target, attributes }: CoreLink): string | null {
  const version = attributes.get('ver')
  if (version === undefined) return null
  if (!VERSION.test(version)) throw malformed(`the version of ${shown(target)} is no version`)
  return version
}

function formatsOf(rootLink: CoreLink | undefined): readonly number[] {
  const words =
    rootLink?.attributes
      .get('ct')
      ?.split(' ')
      .filter((word) => word !== '') ?? []
  if (words.length > MOST_FORMATS) throw malformed(`it has more than ${MOST_FORMATS} content formats`)
  return words.map((word) => {
    if (!/^\d{1,5}$/.test(word) || Number(word) > 65_535) throw malformed(`${shown(word)} is no content format`)
    return Number(word)
  })
}
