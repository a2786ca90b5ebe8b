import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { meterImport } from '../../services/api/schemas/meter-imports.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { ACTOR_KEYS } from './api-market.ts'
import { OWN_PAGE, signIn, type Browser } from './api-signed-in.ts'
import type { ApiWorld } from './api-world.ts'
import { fileOf, OPERATOR, recordMeterImports, rowOf, startMeterImportWorld } from './meter-import-world.ts'

let world: ApiWorld
let operator: Browser

beforeAll(async () => {
  world = await startMeterImportWorld(18_920)
  operator = await signIn(world, ACTOR_KEYS.meteringOperator)
})
afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

async function handIn(file: string): Promise<Response> {
  const headers = { ...OWN_PAGE, cookie: operator.cookie, 'content-type': 'text/csv' }
  return fetch(`${world.address}/api/meters/imports`, { method: 'POST', headers, body: file })
}

async function taken(file: string): Promise<string> {
  const response = await handIn(file)
  expect(response.status, await response.clone().text()).toBe(202)
  return `/api/meters/imports/${(await bodyOf(response, meterImport)).id}`
}

describe('a file of meters that its operator takes back', () => {
  test('is gone, and its meters are free for another', async () => {
    const address = await taken(fileOf(rowOf('a0'), rowOf('a1')))
    expect(await problemOf(await handIn(fileOf(rowOf('a0'))))).toMatchObject({ code: 'meter-file-faulty' })
    expect((await operator.send('DELETE', address)).status).toBe(204)
    for (const response of [await operator.get(address), await operator.send('DELETE', address)]) {
      expect(await problemOf(response)).toMatchObject({ status: 404, code: 'meter-import-unknown' })
    }
    expect(await world.store.client.importedMeter.count()).toBe(0)
    await taken(fileOf(rowOf('a0')))
  })

  test('has to be its own, and not begun', async () => {
    const address = await taken(fileOf(rowOf('b0')))
    const home = await signIn(world, world.households[0]!.accountKey)
    expect(await problemOf(await home.send('DELETE', address))).toMatchObject({ status: 403, code: 'role-missing' })
    const id = address.split('/').at(-1)!
    await world.store.client.meterImport.update({ where: { id }, data: { account: 'another' } })
    expect(await problemOf(await operator.send('DELETE', address))).toMatchObject({ code: 'meter-import-unknown' })
    await world.store.client.meterImport.update({ where: { id }, data: { account: OPERATOR } })

    await recordMeterImports(world)
    const begun = await problemOf(await operator.send('DELETE', address))
    expect(begun).toMatchObject({ status: 409, code: 'meter-import-begun' })
    expect(await bodyOf(await operator.get(address), meterImport)).toMatchObject({ state: 'done', recorded: 1 })
  })
})
