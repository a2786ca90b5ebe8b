import { closeSync, createWriteStream, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/**
 * A ledger as its node answered for it, in a file: a line a request, `method params<TAB>result`. It is made once, since
 * that takes minutes, and then read from a process of its own, as a node is.
 */
type Request = { readonly id: number; readonly method: string; readonly params: readonly unknown[] }
type Place = { readonly start: number; readonly length: number }

const TAB = 9
const LINE_FEED = 10
const PIECE = 64 * 1024 * 1024

/** Passes batches on to a node and writes down what it answers; `finish` puts the file in its place. */
export async function recordInto(file: string, target: string): Promise<{ url: string; finish: () => Promise<void> }> {
  const draft = `${file}.${process.pid}`
  const stream = createWriteStream(draft)
  const seen = new Set<string>()
  const server = await listen(async (requests) => {
    const body = JSON.stringify(requests)
    const headers = { 'content-type': 'application/json', connection: 'close' }
    const response = await fetch(target, { method: 'POST', headers, body })
    const answers = (await response.json()) as { id: number; result?: unknown }[]
    for (const { id, result } of answers) {
      const key = keyOf(requests.find((each) => each.id === id)!)
      if (result === undefined || seen.has(key)) continue
      seen.add(key)
      stream.write(`${key}\t${JSON.stringify(result)}\n`)
    }
    return [JSON.stringify(answers)]
  })
  return {
    url: urlOf(server),
    finish: async () => {
      server.closeAllConnections()
      server.close()
      await new Promise((resolve) => stream.end(resolve))
      renameSync(draft, file)
    },
  }
}

export function hasLedger(file: string): boolean {
  return existsSync(file)
}

/** Answers out of the file, whose results stay the bytes that they are. */
export async function serveFile(file: string): Promise<string> {
  const descriptor = openSync(file, 'r')
  const places = indexOf(descriptor, statSync(file).size)
  const server = await listen(async (requests) =>
    requests.map(({ id, method, params }) => {
      const place = places.get(keyOf({ method, params }))
      if (place === undefined)
        return `{"jsonrpc":"2.0","id":${id},"error":{"code":-32601,"message":"that was never asked"}}`
      const result = Buffer.allocUnsafe(place.length)
      readSync(descriptor, result, 0, place.length, place.start)
      return Buffer.concat([Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":`), result, Buffer.from('}')])
    }),
  )
  process.on('disconnect', () => {
    closeSync(descriptor)
    process.exit(0)
  })
  return urlOf(server)
}

function indexOf(descriptor: number, size: number): Map<string, Place> {
  const places = new Map<string, Place>()
  const piece = Buffer.allocUnsafe(PIECE)
  let key: number[] | null = []
  let start = 0
  let name = ''
  for (let at = 0; at < size;) {
    const length = readSync(descriptor, piece, 0, PIECE, at)
    for (let place = 0; place < length;) {
      if (key !== null) {
        const byte = piece[place]!
        if (byte === TAB) {
          name = Buffer.from(key).toString()
          key = null
          start = at + place + 1
        } else key.push(byte)
        place += 1
        continue
      }
      const end = piece.subarray(0, length).indexOf(LINE_FEED, place)
      if (end < 0) break
      places.set(name, { start, length: at + end - start })
      key = []
      place = end + 1
    }
    at += length
  }
  return places
}

async function listen(
  answer: (requests: readonly Request[]) => Promise<readonly (string | Buffer)[]>,
): Promise<Server> {
  const server = createServer((request, response) => {
    void (async () => {
      const requests = (await json(request)) as Request | Request[]
      const parts = await answer(Array.isArray(requests) ? requests : [requests])
      response.setHeader('content-type', 'application/json')
      const [only] = parts
      // A recorder hands on a whole answer, the file one answer after another.
      if (parts.length === 1 && typeof only === 'string' && only.startsWith('[')) {
        response.end(only)
        return
      }
      response.write('[')
      parts.forEach((part, place) => {
        if (place > 0) response.write(',')
        response.write(part)
      })
      response.end(']')
    })()
  })
  // Whoever reads may be busy for long between two requests.
  server.keepAliveTimeout = 600_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function keyOf({ method, params }: Pick<Request, 'method' | 'params'>): string {
  return `${method} ${JSON.stringify(params)}`
}

/** Run as a process of its own: serves the file that it is given. */
if (import.meta.main) process.send?.({ url: await serveFile(process.argv[2]!) })
