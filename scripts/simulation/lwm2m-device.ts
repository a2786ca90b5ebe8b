import type { CoapRequest, CoapResponse } from '../../services/gateway/adapters/coap/endpoint.ts'
import { bareResponse } from '../../services/gateway/adapters/coap/meaning.ts'
import {
  CONTENT_FORMAT,
  decodeContent,
  encodeContent,
} from '../../services/gateway/adapters/lwm2m/content/content-format.ts'
import { encodeLinks } from '../../services/gateway/adapters/lwm2m/content/core-links.ts'
import {
  formatPath,
  parsePath,
  type ResourcePath,
} from '../../services/gateway/adapters/lwm2m/content/resource-path.ts'
import type { ContentEntry, ResourceValue } from '../../services/gateway/adapters/lwm2m/content/resource-value.ts'
import { resourceTypeOf } from '../../services/gateway/adapters/lwm2m/objects/resource-facts.ts'
import { openCoapDatagrams, udpLink, type OpenLink } from './coap-datagrams.ts'

/** Values by the paths of their resources, such as `/3421/0/25`. */
export type ResourceValues = Readonly<Record<string, ResourceValue>>

export type Lwm2mDeviceOptions = {
  readonly endpoint: string
  readonly server: { readonly host: string; readonly port: number }
  /** What carries its datagrams, where it is not UDP from this host. */
  readonly link?: OpenLink
  readonly values: ResourceValues
  /** `1.1` where left out. */
  readonly version?: string
  /** In seconds; 60 where left out. */
  readonly lifetime?: number
  /** Such as `U` or `UQ`; not said where left out. */
  readonly binding?: string
  /** The content formats that it has, the first where it is not asked for one; SenML CBOR where left out. */
  readonly formats?: readonly number[]
  /** Whether it tells them when it registers. */
  readonly tellsFormats?: boolean
  /** Before each path, such as `/lwm2m`. */
  readonly root?: string
  /** Links of its registration, where they are to be others than those of its instances. */
  readonly links?: string
  /** The code by which a write or an execution is answered; `2.04` where left out. What is refused changes nothing. */
  readonly onWrite?: (entries: readonly ContentEntry[]) => string
  readonly onExecute?: (path: string, argument: string) => string
  /** What it answers instead of the truth; null for the truth. */
  readonly onRequest?: (request: CoapRequest) => CoapResponse | null
  readonly ackTimeoutMs?: number
  readonly maxRetransmit?: number
}

/** A simulated LwM2M client, which holds values and tells of them. */
export type Lwm2mDevice = {
  /** Resolve to the code of the answer. */
  readonly register: () => Promise<string>
  /** Registers anew where the server does not know it any more, as LwM2M has it. */
  readonly update: (query?: readonly string[]) => Promise<string>
  readonly deregister: () => Promise<string>
  /** Sends what is at the paths without being asked (`/dp`). */
  readonly send: (paths: readonly string[]) => Promise<string>
  /** Changes values, and resolves once each observer has acknowledged it, to whether all did. */
  readonly change: (values: ResourceValues) => Promise<boolean>
  /** As `change`, but tells only of the values that it is given, as some clients do. */
  readonly changePartly: (values: ResourceValues) => Promise<boolean>
  /** Notifies something else than what it holds, as a hostile device would. */
  readonly notifyRaw: (path: string, content: Pick<CoapResponse, 'contentFormat' | 'payload'>) => Promise<boolean>
  /** Asks the server for whatever. */
  readonly request: (request: Partial<CoapRequest>) => Promise<CoapResponse>
  /** Path of its registration. */
  readonly location: () => readonly string[]
  readonly valueOf: (path: string) => ResourceValue | undefined
  readonly observedPaths: () => readonly string[]
  /** What the server asked so far, such as `GET /3/0`. */
  readonly asked: readonly string[]
  /** Deaf until it is woken. */
  readonly sleep: () => void
  readonly wake: () => void
  /** Answers no request any more, but hears answers. */
  readonly deafen: () => void
  readonly close: () => Promise<void>
}

type Observer = { readonly token: Buffer; readonly format: number; sequence: number }

const MOST_ASKED = 1_000
const EMPTY = new Uint8Array()

export async function createLwm2mDevice(options: Lwm2mDeviceOptions): Promise<Lwm2mDevice> {
  const { endpoint, version = '1.1', lifetime = 60, binding, root = '', formats = [CONTENT_FORMAT.senmlCbor] } = options
  const values = new Map(Object.entries(options.values))
  const observers = new Map<string, Observer>()
  const asked: string[] = []
  let isAsleep = false
  let isDeaf = false
  let location: readonly string[] = []

  const entriesBelow = (path: readonly number[], held: ReadonlyMap<string, ResourceValue> = values): ContentEntry[] =>
    [...held]
      .map(([name, value]) => ({ path: parsePath(name) as unknown as ResourcePath, value }))
      .filter((entry) => path.every((id, depth) => entry.path[depth] === id))

  const contentAt = (path: readonly number[], format: number, entries = entriesBelow(path)) => ({
    contentFormat: format,
    payload: encodeContent(format, entries, { asked: path, typeOf: resourceTypeOf }),
  })

  const read = (path: readonly number[], { accept, observe }: CoapRequest, token: Buffer): CoapResponse => {
    const name = formatPath(path)
    if (accept === CONTENT_FORMAT.links)
      return { ...bareResponse('2.05'), contentFormat: 40, payload: linksBelow(path) }
    if (observe !== 0) observers.delete(name)
    if (entriesBelow(path).length === 0) return bareResponse('4.04')
    const format = accept ?? formats[0]!
    if (!formats.includes(format)) return bareResponse('4.06')
    if (observe === 0) observers.set(name, { token, format, sequence: 1 })
    return { ...bareResponse('2.05'), ...contentAt(path, format), observe: observe === 0 ? 1 : null }
  }

  const linksBelow = (path: readonly number[]): Uint8Array => {
    const names = new Set(
      entriesBelow(path).flatMap(({ path: [object, instance, resource] }) => [
        `/${object}`,
        `/${object}/${instance}`,
        `/${object}/${instance}/${resource}`,
      ]),
    )
    return encodeLinks([...names].map((target) => ({ target, attributes: new Map() })))
  }

  const write = (path: readonly number[], { contentFormat, payload }: CoapRequest): CoapResponse => {
    if (contentFormat === null || !formats.includes(contentFormat)) return bareResponse('4.15')
    const context = { asked: path, typeOf: resourceTypeOf, nowMs: Date.now() }
    const entries = decodeContent(contentFormat, payload, context)
    if (entries.some((entry) => !values.has(formatPath(entry.path)))) return bareResponse('4.04')
    const code = options.onWrite?.(entries) ?? '2.04'
    if (code.startsWith('2.')) for (const entry of entries) values.set(formatPath(entry.path), entry.value)
    return bareResponse(code)
  }

  const execute = (path: readonly number[], { payload }: CoapRequest): CoapResponse =>
    bareResponse(options.onExecute?.(formatPath(path), Buffer.from(payload).toString('utf8')) ?? '4.05')

  const respond = (request: CoapRequest, token: Buffer): CoapResponse => {
    const name = `/${request.path.join('/')}`
    if (asked.length < MOST_ASKED) asked.push(`${request.method} ${[name, ...request.query].join(' ')}`)
    const lie = options.onRequest?.(request) ?? null
    if (lie !== null) return lie
    if (!name.startsWith(`${root}/`)) return bareResponse('4.04')
    const path = parsePath(name.slice(root.length))
    if (request.method === 'GET') return read(path, request, token)
    if (request.method === 'PUT' && request.payload.length === 0) return bareResponse('2.04')
    if (request.method === 'POST' && path.length === 3) return execute(path, request)
    return request.method === 'PUT' || request.method === 'POST' ? write(path, request) : bareResponse('4.05')
  }

  const onRequest = (request: CoapRequest, token: Buffer): CoapResponse => {
    try {
      return respond(request, token)
    } catch {
      return bareResponse('4.00')
    }
  }

  const coap = await openCoapDatagrams({
    open: options.link ?? udpLink(options.server),
    onRequest,
    isListening: (isRequest) => !isAsleep && !(isDeaf && isRequest),
    ...(options.ackTimeoutMs === undefined ? {} : { ackTimeoutMs: options.ackTimeoutMs }),
    ...(options.maxRetransmit === undefined ? {} : { maxRetransmit: options.maxRetransmit }),
  })

  const request: Lwm2mDevice['request'] = (more) =>
    coap.request({
      method: 'POST',
      path: [],
      query: [],
      contentFormat: null,
      accept: null,
      observe: null,
      payload: EMPTY,
      ...more,
    })

  const notify = async (
    name: string,
    content: (observer: Observer) => Pick<CoapResponse, 'contentFormat' | 'payload'>,
  ): Promise<boolean> => {
    const observer = observers.get(name)
    if (observer === undefined) return false
    observer.sequence += 1
    const response = { ...bareResponse('2.05'), ...content(observer), observe: observer.sequence }
    const isWanted = await coap.notify(observer.token, response)
    // Nobody who wants it: RFC 7641, section 4.5.
    if (!isWanted && observers.get(name) === observer) observers.delete(name)
    return isWanted
  }

  const tell = async (changed: ResourceValues, held: ReadonlyMap<string, ResourceValue>): Promise<boolean> => {
    for (const [name, value] of Object.entries(changed)) values.set(name, value)
    const concerned = [...observers.keys()].filter((name) =>
      Object.keys(changed).some((path) => `${path}/`.startsWith(`${name}/`)),
    )
    const told = concerned.map((name) => {
      const path = parsePath(name)
      return notify(name, ({ format }) => contentAt(path, format, entriesBelow(path, held)))
    })
    return (await Promise.all(told)).every((isTold) => isTold) && concerned.length > 0
  }

  const registrationLinks = (): Buffer => {
    const instances = new Set([...values.keys()].map((name) => formatPath(parsePath(name).slice(0, 2))))
    const told = options.tellsFormats === true ? `;ct="${formats.join(' ')}"` : ''
    const links = options.links ?? [...instances].map((name) => `<${root}${name}>`).join(',')
    return Buffer.from(`<${root === '' ? '/' : root}>;rt="oma.lwm2m"${told},${links}`, 'utf8')
  }

  const register = async (): Promise<string> => {
    observers.clear()
    const { code, locationPath } = await request({
      path: ['rd'],
      query: [
        `lwm2m=${version}`,
        `ep=${endpoint}`,
        `lt=${lifetime}`,
        ...(binding === undefined ? [] : [`b=${binding}`]),
      ],
      contentFormat: CONTENT_FORMAT.links,
      payload: registrationLinks(),
    })
    location = locationPath
    return code
  }

  return {
    register,
    update: async (query = []) => {
      const { code } = await request({ path: location, query })
      return code === '4.04' ? register() : code
    },
    deregister: async () => (await request({ method: 'DELETE', path: location })).code,
    send: async (paths) => {
      const entries = paths.flatMap((name) => entriesBelow(parsePath(name)))
      const { code } = await request({ path: ['dp'], ...contentAt([], formats[0]!, entries) })
      return code
    },
    change: (changed) => tell(changed, values),
    changePartly: (changed) => tell(changed, new Map(Object.entries(changed))),
    notifyRaw: (path, content) => notify(path, () => content),
    request,
    location: () => location,
    valueOf: (path) => values.get(path),
    observedPaths: () => [...observers.keys()],
    asked,
    sleep: () => (isAsleep = true),
    wake: () => (isAsleep = false),
    deafen: () => (isDeaf = true),
    close: coap.close,
  }
}
