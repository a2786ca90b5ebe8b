import { DomainError } from '../../../domain/errors.ts'
import type { DeviceDesk } from '../adapter.ts'
import { entriesOf, type Lwm2mClient } from './client.ts'
import type { OfferedObjects } from './content/offered-objects.ts'
import { isPassing, type MeasurementTaking } from './measurement-taking.ts'
import { deviceReportOf } from './objects/device-report.ts'
import { MEASURING_RESOURCES } from './objects/measuring-resources.ts'
import type { InstancePath } from './objects/measuring-sources.ts'

const DEVICE: InstancePath = [3, 0]
const SET_POINT = 3308
const CONTROLS: readonly number[] = [SET_POINT, 3310, 3306, 3312]
const MOST_SET_POINTS = 8

/** What a device offers, with the instances that it did not tell of its own accord. */
export async function discoverInstances(client: Lwm2mClient, offered: OfferedObjects): Promise<OfferedObjects> {
  const objects = new Map(offered.objects)
  for (const object of untoldObjectsOf(offered)) {
    const found = await unlessRefused(client.discover(object))
    if (found !== null) objects.set(object, found)
  }
  return { ...offered, objects }
}

/** Objects of use here of which no instance is known. */
export function untoldObjectsOf({ objects }: OfferedObjects): readonly number[] {
  return [...objects]
    .filter(([object, { instances }]) => {
      return instances.length === 0 && (MEASURING_RESOURCES.has(object) || CONTROLS.includes(object))
    })
    .map(([object]) => object)
}

/** Has the gateway know what the device says of itself, in object 3. */
export async function readReport(
  client: Lwm2mClient,
  {
    desk,
    endpoint,
    taking,
  }: { readonly desk: DeviceDesk; readonly endpoint: string; readonly taking: MeasurementTaking },
): Promise<void> {
  const content = await unlessRefused(client.read(DEVICE))
  const device = desk.find('lwm2m', endpoint)
  if (content === null || device === null) return
  try {
    const now = { nowMs: desk.nowMs() }
    desk.onSeen(device.address, deviceReportOf(entriesOf(content, now.nowMs), now))
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    taking.refuse(error, content)
  }
}

/** The first set-point is observed, and says its unit so; a power may be set at another one. */
export async function readSetPoints(
  client: Lwm2mClient,
  { objects }: OfferedObjects,
  taking: MeasurementTaking,
): Promise<void> {
  for (const instance of objects.get(SET_POINT)?.instances.slice(1, MOST_SET_POINTS) ?? []) {
    const content = await unlessRefused(client.read([SET_POINT, instance]))
    if (content !== null) await taking.take(content)
  }
}

/** Null where the device refuses, since it need not have or allow everything. */
export async function unlessRefused<Answer>(
  answer: Promise<Answer>,
  onRefused: (error: DomainError) => void = () => undefined,
): Promise<Answer | null> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof DomainError) || isPassing(error)) throw error
    onRefused(error)
    return null
  }
}
