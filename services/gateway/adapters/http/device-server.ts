import { createServer, type Server } from 'node:http'
import express, { raw, type ErrorRequestHandler, type Express, type Request, type Response } from 'express'
import { DomainError } from '../../../domain/errors.ts'
import { malformedReading } from '../fields.ts'
import { listedJson } from '../json/reading-message.ts'
import { meterAddressOf } from '../meter-address.ts'
import { jsonMeasures } from '../json/measures-message.ts'
import { takeMeasures, type MeasuresFormat, type MeasuresTaker } from '../measures-taking.ts'
import { takeReadings, type ReadingFormat, type ReadingTaker } from '../reading-taking.ts'
import { formatReceipt, type Receipt } from '../receipt.ts'
import { commandRoutes, type CommandCounter } from './command-routes.ts'
import { requireDevice, type CheckPassword } from './device-password.ts'
import { SERVICE_GROUP } from '../service-group.ts'
import { isTimestamp } from '../timestamp.ts'
import { ultralightMeasures } from '../ultralight/measures-message.ts'
import { ultralight, ULTRALIGHT_BYTES } from '../ultralight/reading-measures.ts'

export type RunningDeviceServer = { readonly port: number; readonly close: () => Promise<void> }

export type DeviceServerOptions = ReadingTaker & {
  readonly measures: MeasuresTaker
  /** Whoever gives the device's password may send measurements that nobody signed, and fetch and answer its commands. */
  readonly checkPassword: CheckPassword
  /** Commands are neither fetched nor answered without it. */
  readonly commands?: Pick<CommandCounter, 'fetch' | 'receive'>
  /** Of 127.0.0.1; 0 takes a free one. */
  readonly port: number
  /** Receives what is no refusal. */
  readonly onDefect: (error: unknown) => void
}

type Formats = { readonly readings: ReadingFormat; readonly measures: MeasuresFormat }
const ULTRALIGHT: Formats = { readings: ultralight, measures: ultralightMeasures }
const JSON_FORMATS: Formats = { readings: listedJson, measures: jsonMeasures }

const SLOWEST_REQUEST_MS = 10_000
const MOST_CONNECTIONS = 5_000
const SLOWEST_GOODBYE_MS = 2_000
const AGAIN_SECONDS = '1'

/**
 * Takes readings over HTTP, as IoT agents have it: UltraLight 2.0 at /iot/d, JSON at /iot/json. It answers once they are
 * durable, with a receipt for each. Throws `port-taken`.
 */
export async function startDeviceServer(options: DeviceServerOptions): Promise<RunningDeviceServer> {
  const server = createServer(
    { requestTimeout: SLOWEST_REQUEST_MS, headersTimeout: SLOWEST_REQUEST_MS },
    appOf(options),
  )
  server.maxConnections = MOST_CONNECTIONS
  const port = await listen(server, options.port)
  return { port, close: () => close(server) }
}

function appOf(options: DeviceServerOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  const body = raw({ type: () => true, limit: ULTRALIGHT_BYTES, inflate: false })

  const takeUnsigned = async (
    request: Request,
    response: Response,
    message: Omit<Parameters<typeof takeMeasures>[1], 'atMs'> & { readonly time: string | undefined },
  ) => {
    const { address, time } = message
    try {
      await requireDevice(request, address, options.checkPassword)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      response.set('www-authenticate', 'Basic realm="devices"')
      return send(response, 401, [refusalOf(error)])
    }
    const atMs = time === undefined ? null : Date.parse(time)
    answer(response, [await takeMeasures(options.measures, { ...message, atMs })], () =>
      options.mayAnswer(address ?? ''),
    )
  }

  const take = async (request: Request, response: Response, formats: Formats, payload: Uint8Array) => {
    const { readings: format, measures } = formats
    const { i: device, k: group, t: time } = request.query as Record<string, string | string[] | undefined>
    const address = meterAddressOf(typeof device === 'string' ? device : undefined)
    const topic = `http ${request.method} ${request.path} ${String(device).slice(0, 42)}`
    const fault = queryFaultOf(group, time)
    if (fault === null && measures.isOfMeasures(payload)) {
      const at = typeof time === 'string' ? time : undefined
      return takeUnsigned(request, response, { topic, address, payload, format: measures, time: at })
    }
    const checked = fault === null ? format : unreadable(format, fault)
    answer(response, await takeReadings(options, { topic, address, payload, format: checked }), () =>
      options.mayAnswer(address ?? ''),
    )
  }

  if (options.commands !== undefined) app.use(commandRoutes({ ...options, ...options.commands }, body))
  app.get('/iot/d', (request, response) => {
    const { d: measures } = request.query as Record<string, string | string[] | undefined>
    return take(request, response, ULTRALIGHT, Buffer.from(typeof measures === 'string' ? measures : ''))
  })
  app.post('/iot/d', body, (request, response) => take(request, response, ULTRALIGHT, bytesOf(request)))
  app.post('/iot/json', body, (request, response) => take(request, response, JSON_FORMATS, bytesOf(request)))
  app.use((request, response) => {
    const words = `${request.method} ${request.path.slice(0, 100)} is nothing here: UltraLight goes to /iot/d, JSON to /iot/json`
    send(response, 404, [refusalOf(new DomainError('device-path-unknown', words))])
  })
  const onError: ErrorRequestHandler = (error: { status?: number; type?: string }, _request, response, next) => {
    if (response.headersSent) return next(error)
    const isTheirs = error.status !== undefined && error.status < 500
    if (!isTheirs) {
      options.onDefect(error)
      return send(response, 500, [])
    }
    const words =
      error.type === 'entity.too.large' ? `it has more than ${ULTRALIGHT_BYTES} bytes` : 'the request is none'
    send(response, error.status!, [refusalOf(malformedReading(words))])
  }
  app.use(onError)
  return app
}

function queryFaultOf(group: unknown, time: unknown): string | null {
  if (group !== SERVICE_GROUP) return `k is not ${SERVICE_GROUP}`
  const isTime = time === undefined || (typeof time === 'string' && isTimestamp(time))
  return isTime ? null : 't is no timestamp (ISO 8601)'
}

/** What is wrong with the address is not mended by reading the payload again. */
function unreadable({ protocol }: ReadingFormat, fault: string): ReadingFormat {
  return {
    name: null,
    protocol,
    parse: () => {
      throw malformedReading(fault)
    },
  }
}

/** As long as a reading is not durable the whole message is to be sent again: what was taken of it is known then. */
function answer(response: Response, receipts: readonly (Receipt | null)[], mayAnswer: () => boolean): void {
  const given = receipts.flatMap((receipt) => receipt ?? [])
  if (given.length < receipts.length) {
    response.set('retry-after', AGAIN_SECONDS)
    return send(response, 503, given)
  }
  const codes = given.flatMap(({ outcome }) => (outcome.status === 'refused' ? [outcome.code] : []))
  const isRefused = codes.some((code) => code !== 'reading-replayed')
  if (isRefused && !mayAnswer()) {
    response.set('retry-after', AGAIN_SECONDS)
    return send(response, 429, [])
  }
  const refused = codes.some((code) => code.endsWith('-malformed')) ? 400 : 422
  send(response, isRefused ? refused : 200, given)
}

function send(response: Response, status: number, receipts: readonly Receipt[]): void {
  response
    .status(status)
    .set('cache-control', 'no-store')
    .type('application/json')
    .send(`[${receipts.map(formatReceipt).join(',')}]`)
}

function refusalOf({ code, message: reason }: DomainError): Receipt {
  return { reading: null, outcome: { status: 'refused', code, reason } }
}

/** Nothing where the request had no body. */
function bytesOf(request: Request): Uint8Array {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const words = `port ${port} on 127.0.0.1, wanted for devices over HTTP, is taken: choose another with COMMONWATT_DEVICE_PORT`
      reject(error.code === 'EADDRINUSE' ? new DomainError('port-taken', words, { port }) : error)
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

/** No new connection, then the end of each once it is answered. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const patience = setTimeout(() => server.closeAllConnections(), SLOWEST_GOODBYE_MS)
  await closed.finally(() => clearTimeout(patience))
}
