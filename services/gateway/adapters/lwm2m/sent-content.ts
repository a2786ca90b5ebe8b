import { DomainError } from '../../../domain/errors.ts'
import type { DeviceDesk } from '../adapter.ts'
import type { CoapPeer, CoapRequest, CoapResponse } from '../coap/endpoint.ts'
import { bareResponse } from '../coap/meaning.ts'
import { CONTENT_FORMAT } from './content/content-format.ts'
import type { ObservedDevice } from './observed-device.ts'
import { requireAccess, type AccessOptions } from './registration-access.ts'

export type SentContentOptions = {
  readonly desk: Pick<DeviceDesk, 'find'>
  readonly access: AccessOptions
  readonly observedAt: (peer: CoapPeer) => ObservedDevice | null
  readonly onHeard: (device: ObservedDevice) => void
}

/** Those that say of which path each value is. */
const FORMATS: readonly (number | null)[] = [
  CONTENT_FORMAT.senmlCbor,
  CONTENT_FORMAT.senmlJson,
  CONTENT_FORMAT.lwm2mCbor,
]

/** Takes what a registered device sends by itself (LwM2M 1.1, Send); answers once it is durable. */
export async function takeSentContent(
  peer: CoapPeer,
  { contentFormat, payload }: CoapRequest,
  { desk, access, observedAt, onHeard }: SentContentOptions,
): Promise<CoapResponse> {
  const observed = observedAt(peer)
  const device = observed === null ? null : desk.find('lwm2m', observed.registration.endpoint)
  if (observed === null || device === null) return bareResponse('4.04')
  try {
    requireAccess(peer, device, access)
  } catch (error) {
    if (error instanceof DomainError) return bareResponse('4.03')
    throw error
  }
  if (contentFormat === null || !FORMATS.includes(contentFormat)) return bareResponse('4.15')
  onHeard(observed)
  const isTaken = await observed.takeSent({ asked: [], format: contentFormat, payload })
  return bareResponse(isTaken ? '2.04' : '5.03')
}
