import { describe, expect, test } from 'vitest'
import type { Joining } from '../../lib/joining-client.ts'
import { joiningStepsOf } from './joining-steps.ts'

const ADDRESS = `0x${'11'.repeat(20)}`
const NEW: Joining = {
  name: 'Linden 4',
  membership: 'prosumer',
  state: 'open',
  account: ADDRESS,
  memberId: null,
  connectionPoint: { state: 'missing' },
  meter: { state: 'missing' },
  wishes: null,
  tradingKey: null,
  agentKey: null,
  accountNonce: '0',
  delegation: { state: 'missing' },
  firstFill: null,
}
const CONNECTED: Joining = { ...NEW, connectionPoint: { state: 'done', identifier: '871', capacityW: 17_250 } }
const METERED: Joining = { ...CONNECTED, meter: { state: 'waiting' } }
const WISHED: Joining = {
  ...METERED,
  state: 'registering',
  wishes: {
    buyUpToMicroEuroPerKwh: '250000',
    sellFromMicroEuroPerKwh: '90000',
    quantityWh: '2000',
    until: 1_900_000_000,
  },
  tradingKey: ADDRESS,
}
const REGISTERED: Joining = { ...WISHED, state: 'registered', memberId: 14, agentKey: ADDRESS }

const statesOf = (joining: Joining) => Object.values(joiningStepsOf(joining)).join(' ')

describe('joiningStepsOf', () => {
  test('opens one step after the other', () => {
    expect(statesOf(NEW)).toBe('open later later later later')
    expect(statesOf(CONNECTED)).toBe('done open later later later')
    expect(statesOf(METERED)).toBe('done waiting open later later')
    expect(statesOf(WISHED)).toBe('done waiting done waiting later')
    expect(statesOf(REGISTERED)).toBe('done waiting done open later')
  })

  test('goes on to the meter while the connection point is being looked at, and asks for wishes once its capacity is known', () => {
    const waiting: Joining = { ...NEW, connectionPoint: { state: 'waiting' } }
    expect(statesOf(waiting)).toBe('waiting open later later later')
    expect(statesOf({ ...waiting, meter: { state: 'waiting' } })).toBe('waiting waiting waiting later later')
  })

  test('asks again for what was refused, and for nothing behind it', () => {
    expect(statesOf({ ...NEW, connectionPoint: { state: 'refused' } })).toBe('refused later later later later')
    expect(statesOf({ ...CONNECTED, meter: { state: 'refused' } })).toBe('done refused later later later')
    expect(statesOf({ ...REGISTERED, delegation: { state: 'refused' } })).toBe('done waiting done refused later')
  })

  test('asks for the wishes again where the browser’s key was not registered with them', () => {
    expect(statesOf({ ...WISHED, state: 'open', tradingKey: null })).toBe('done waiting open later later')
  })

  test('waits for the first trade from the delegation on', () => {
    const delegated: Joining = { ...REGISTERED, meter: { state: 'done' }, delegation: { state: 'done' } }
    expect(statesOf({ ...delegated, delegation: { state: 'waiting' } })).toBe('done done done waiting later')
    expect(statesOf(delegated)).toBe('done done done done waiting')
    const firstFill = { deliveryPeriod: 9, side: 'bid', quantityWh: '350', priceMicroEuroPerKwh: '210000' } as const
    expect(statesOf({ ...delegated, firstFill })).toBe('done done done done done')
  })
})
