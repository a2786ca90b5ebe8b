import { malformed, shown } from './malformed.ts'

/** Where a value is; with a fourth number only inside a resource of several instances. */
export type ResourcePath = readonly [object: number, instance: number, resource: number, resourceInstance?: number]

/** What was asked for: nothing less than the root, nothing more than a resource instance. */
export type AskedPath = readonly number[]

/** 65535 stands for no instance at all, and is never one. */
export const LARGEST_ID = 65_534
const DEEPEST = 4
const LONGEST_NAME = 1 + DEEPEST * '65534/'.length
const NAME = /^(?:\/(?:0|[1-9]\d{0,4})){1,4}$/

/** Of a name such as `/3421/0/25`, which is never joined, trimmed or put right. */
export function parsePath(name: string): readonly number[] {
  if (name.length > LONGEST_NAME || !NAME.test(name)) throw malformed(`${shown(name)} is no path`)
  const path = name.slice(1).split('/').map(Number)
  for (const id of path) requireId(id, name)
  return path
}

/** Throws `lwm2m-malformed` for what is no number of an object, an instance or a resource. */
export function requireId(id: unknown, where: string): asserts id is number {
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > LARGEST_ID || Object.is(id, -0)) {
    throw malformed(`an id in ${shown(where)} is not a whole number from 0 to ${LARGEST_ID}`)
  }
}

export function formatPath(path: readonly (number | undefined)[]): string {
  return `/${path.join('/')}`
}

/** A path down to a value, at or below the one that was asked for. */
export function requireResource(path: readonly number[], asked: AskedPath): ResourcePath {
  const [object, instance, resource, resourceInstance] = path
  if (object === undefined || instance === undefined || resource === undefined || path.length > DEEPEST) {
    throw malformed(`${formatPath(path)} is no resource`)
  }
  if (asked.some((id, depth) => path[depth] !== id)) {
    throw malformed(`${formatPath(path)} is not in ${formatPath(asked)}, which was asked for`)
  }
  return resourceInstance === undefined ? [object, instance, resource] : [object, instance, resource, resourceInstance]
}
