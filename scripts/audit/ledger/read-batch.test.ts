import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { readBatch } from './read-batch.ts'

const servers: { close: () => void }[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

/** A node that breaks off the first requests, then answers as it is told. */
async function nodeThatFails(times: number, answer: object): Promise<{ url: string; asked: () => number }> {
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    if (asked <= times) {
      request.socket.destroy()
      return
    }
    response.end(JSON.stringify([{ id: 0, ...answer }]))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}

const request = [{ method: 'eth_blockNumber', params: [] }]

describe('readBatch', () => {
  test('asks again where a connection breaks off', async () => {
    const node = await nodeThatFails(2, { result: '0x7' })
    expect(await readBatch(node.url, request)).toEqual(['0x7'])
    expect(node.asked()).toBe(3)
  })

  test('does not ask again what the node refused', async () => {
    const node = await nodeThatFails(0, { error: { code: -32_601, message: 'no such method' } })
    await expect(readBatch(node.url, request)).rejects.toMatchObject({ code: 'ledger-refused' })
    expect(node.asked()).toBe(1)
  })
})
