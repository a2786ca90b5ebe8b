import { DomainError } from '../../../domain/errors.ts'
import type { CoapPeer, CoapRequest, CoapResponse } from '../coap/endpoint.ts'
import { CONTENT_FORMAT, decodeContent, encodeContent } from './content/content-format.ts'
import { decodeLinks } from './content/core-links.ts'
import { offeredObjectsOf, type OfferedObject } from './content/offered-objects.ts'
import type { ContentEntry } from './content/resource-value.ts'
import { resourceTypeOf } from './objects/resource-facts.ts'

/** What a device said of a path, not yet understood. */
export type Content = {
  readonly asked: readonly number[]
  readonly format: number
  readonly payload: Uint8Array
}

export type Observing = {
  readonly first: Content
  /** Whether notifications will follow; a device may answer as if it had only been read. */
  readonly isObserved: boolean
  /** Forgets it at once, and tells the device. */
  readonly cancel: () => Promise<void>
}

/**
 * What a server asks of an LwM2M client. All of it rejects with `device-unreachable`, with `device-busy`, or with
 * `device-refused` and the code of the answer among its details.
 */
export type Lwm2mClient = {
  readonly read: (path: readonly number[]) => Promise<Content>
  /** Each notification is acknowledged once `onContent` resolved; one that ends the observation comes as null. */
  readonly observe: (
    path: readonly number[],
    onContent: (content: Content | null) => Promise<void>,
  ) => Promise<Observing>
  /** One value to its resource, several to their instance, whose other resources stay as they are. */
  readonly write: (path: readonly number[], entries: readonly ContentEntry[]) => Promise<void>
  /** How often the device notifies, in seconds. */
  readonly writeAttributes: (
    path: readonly number[],
    attributes: { readonly pmin: number; readonly pmax: number },
  ) => Promise<void>
  readonly execute: (path: readonly number[], argument?: string) => Promise<void>
  /** Which instances an object has; null where the device does not know it. */
  readonly discover: (object: number) => Promise<OfferedObject | null>
}

export type ClientTarget = {
  readonly peer: CoapPeer
  /** Before each path; empty, or such as `/lwm2m`. */
  readonly root: string
  /** To be tried in this order. */
  readonly formats: readonly number[]
}

/** Codes by which a device says that it does not have a content format: bad option, not acceptable, unsupported. */
const OTHER_FORMAT: readonly string[] = ['4.02', '4.06', '4.15']
const EMPTY = new Uint8Array()

/** Speaks to the client at a peer; the content format that it took is kept for what follows. */
export function createLwm2mClientAt({ peer, root, formats }: ClientTarget): Lwm2mClient {
  let candidates = formats

  const requestOf = (method: CoapRequest['method'], path: readonly number[], more: Partial<CoapRequest> = {}) => ({
    method,
    path: [...root.split('/').filter((word) => word !== ''), ...path.map(String)],
    query: [],
    contentFormat: null,
    accept: null,
    observe: null,
    payload: EMPTY,
    ...more,
  })

  /** The first answer that does not ask for another format. */
  const inSomeFormat = async <Answer>(
    ask: (format: number) => Promise<Answer>,
    codeOf: (answer: Answer) => string,
  ): Promise<{ readonly answer: Answer; readonly format: number }> => {
    let last: { readonly answer: Answer; readonly format: number } | null = null
    for (const format of candidates) {
      last = { answer: await ask(format), format }
      if (OTHER_FORMAT.includes(codeOf(last.answer))) continue
      candidates = [format, ...candidates.filter((other) => other !== format)]
      return last
    }
    if (last === null) throw new DomainError('lwm2m-format-unknown', 'there is no content format to ask for')
    return last
  }

  const contentOf = (path: readonly number[], response: CoapResponse, format: number): Content => ({
    asked: path,
    format: response.contentFormat ?? format,
    payload: response.payload,
  })

  return {
    read: async (path) => {
      const ask = (accept: number) => peer.request(requestOf('GET', path, { accept }))
      const { answer, format } = await inSomeFormat(ask, ({ code }) => code)
      return contentOf(path, requireSuccess(answer), format)
    },
    observe: async (path, onContent) => {
      const ask = (accept: number) =>
        peer.observe(requestOf('GET', path, { accept, observe: 0 }), (response) =>
          onContent(isSuccess(response) ? contentOf(path, response, accept) : null),
        )
      const { answer, format } = await inSomeFormat(ask, ({ first }) => first.code)
      const first = requireSuccess(answer.first)
      return { first: contentOf(path, first, format), isObserved: first.observe !== null, cancel: answer.cancel }
    },
    write: async (path, entries) => {
      const [only, another] = entries
      const isSingle = only !== undefined && another === undefined
      const asked = isSingle ? only.path.filter((id) => id !== undefined) : path
      const ask = (contentFormat: number) =>
        peer.request(
          requestOf(isSingle ? 'PUT' : 'POST', asked, {
            contentFormat,
            payload: encodeContent(contentFormat, entries, { asked, typeOf: resourceTypeOf }),
          }),
        )
      requireSuccess((await inSomeFormat(ask, ({ code }) => code)).answer)
    },
    writeAttributes: async (path, { pmin, pmax }) => {
      requireSuccess(await peer.request(requestOf('PUT', path, { query: [`pmin=${pmin}`, `pmax=${pmax}`] })))
    },
    execute: async (path, argument) => {
      const words =
        argument === undefined ? {} : { contentFormat: CONTENT_FORMAT.text, payload: Buffer.from(argument, 'utf8') }
      requireSuccess(await peer.request(requestOf('POST', path, words)))
    },
    discover: async (object) => {
      const response = requireSuccess(await peer.request(requestOf('GET', [object], { accept: CONTENT_FORMAT.links })))
      return discoveredOf(object, root, response.payload)
    },
  }
}

/** The values in a content; throws as `decodeContent` does. */
export function entriesOf({ asked, format, payload }: Content, nowMs: number): readonly ContentEntry[] {
  return decodeContent(format, payload, { asked, typeOf: resourceTypeOf, nowMs })
}

/** A device tells its resources too, and its root or not. */
function discoveredOf(object: number, root: string, payload: Uint8Array): OfferedObject | null {
  const links = decodeLinks(payload)
    .map(({ target, attributes }) => ({
      target: root !== '' && target.startsWith(`${root}/`) ? target.slice(root.length) : target,
      attributes,
    }))
    .filter(({ target }) => /^\/\d+(?:\/\d+)?$/.test(target))
  return offeredObjectsOf(links).objects.get(object) ?? null
}

function isSuccess({ code }: CoapResponse): boolean {
  return code.startsWith('2.')
}

function requireSuccess(response: CoapResponse): CoapResponse {
  if (isSuccess(response)) return response
  const said = printable(Buffer.from(response.payload).toString('utf8'))
  throw new DomainError('device-refused', `the device answered ${response.code}${said === '' ? '' : `: ${said}`}`, {
    code: response.code,
  })
}

/** A device may say in plain text what was wrong. */
function printable(text: string): string {
  return /^[\x20-\x7e]{1,100}$/.test(text) ? text : ''
}
