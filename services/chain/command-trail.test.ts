import { verifyTypedData } from 'ethers'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  findTrailFault,
  hashOfCommand,
  signCommandEvent,
  type CommandHappened,
  type TrailedCommand,
  type TrailEvent,
} from './command-trail.ts'
import { localSigningKey } from './signing-key.ts'
import { signingDomainOf } from './typed-data.ts'

const CONTRACT = `0x${'22'.repeat(20)}`
const domain = signingDomainOf(31_337n, CONTRACT)
const gateway = localSigningKey(`0x${'11'.repeat(32)}`)
const stranger = localSigningKey(`0x${'12'.repeat(32)}`)
const device = `0x${'d1'.repeat(20)}`
const commandOf = (id: string): TrailedCommand => ({
  id,
  device,
  source: 'owner',
  issuer: `0x${'aa'.repeat(20)}`,
  action: '{"kind":"set-point","powerW":1500}',
  expiresAt: 2_000,
})
const first = commandOf('11111111-1111-4111-8111-111111111111')
const second = commandOf('22222222-2222-4222-8222-222222222222')
const commands = new Map([first, second].map((command) => [command.id, command]))

let events: readonly TrailEvent[]
beforeAll(async () => {
  const happened: [TrailedCommand, CommandHappened][] = [
    [first, { happening: 'sent', at: 1_000, attempt: 1, detail: '' }],
    [first, { happening: 'refused', at: 1_001, attempt: 1, detail: 'too hot' }],
    [second, { happening: 'sent', at: 1_002, attempt: 1, detail: '' }],
    [second, { happening: 'done', at: 1_003, attempt: 1, detail: '' }],
  ]
  const made: TrailEvent[] = []
  for (const [command, what] of happened) {
    made.push(await signCommandEvent(domain, gateway, command, made.at(-1) ?? null, what))
  }
  events = made
})

const faultIn = (changed: readonly TrailEvent[], change: Partial<Parameters<typeof findTrailFault>[1]> = {}) =>
  findTrailFault(domain, { device, events: changed, commands, signers: new Set([gateway.address]), ...change })
const withChange = (place: number, change: Partial<TrailEvent>) =>
  events.map((event, index) => (index === place ? { ...event, ...change } : event))

describe('findTrailFault', () => {
  test('finds none in what the gateway wrote', () => {
    expect(faultIn(events)).toBeNull()
    expect(faultIn([])).toBeNull()
    expect(faultIn(events, { head: events[3]!.digest })).toBeNull()
  })

  test.each<Partial<TrailEvent>>([
    { happening: 'done' },
    { at: 1_009 },
    { attempt: 2 },
    { detail: 'too cold' },
    { commandId: second.id },
    { signer: stranger.address },
    { signature: `0x${'00'.repeat(64)}` },
    { digest: `0x${'00'.repeat(32)}` },
  ])('finds an event whose fields were changed: %j', (change) => {
    expect(faultIn(withChange(1, change))).toMatchObject({ position: 2 })
  })

  test('finds a missing event, in the middle and at the start', () => {
    expect(faultIn(events.filter((_, index) => index !== 1))).toMatchObject({ position: 2 })
    expect(faultIn(events.slice(1))).toMatchObject({ position: 1 })
  })

  test('finds a missing last event by the digest that somebody noted', () => {
    expect(faultIn(events.slice(0, 3))).toBeNull()
    expect(faultIn(events.slice(0, 3), { head: events[3]!.digest })).toMatchObject({ position: 4 })
  })

  test('finds events that were swapped, or numbered anew', () => {
    const [a, b, c, d] = events as [TrailEvent, TrailEvent, TrailEvent, TrailEvent]
    expect(faultIn([a, c, b, d])).toMatchObject({ position: 2 })
    expect(faultIn([a, { ...c, position: 2 }, { ...b, position: 3 }, d])).toMatchObject({ position: 2 })
  })

  test('finds a command that was changed behind its events, or is missing', () => {
    const changed = new Map(commands).set(second.id, { ...second, action: '{"kind":"set-point","powerW":9000}' })
    expect(faultIn(events, { commands: changed })).toMatchObject({ position: 3 })
    expect(faultIn(events, { commands: new Map([[first.id, first]]) })).toMatchObject({ position: 3 })
  })

  test('finds a whole trail that another key signed, and one of another device', async () => {
    const forged = await signCommandEvent(domain, stranger, first, null, events[0]!)
    expect(faultIn([forged])).toMatchObject({ position: 1 })
    expect(faultIn(events, { device: `0x${'d2'.repeat(20)}` })).toMatchObject({ position: 1 })
  })
})

test('An event is signed as EIP-712 has it', () => {
  const [event] = events as [TrailEvent]
  const fields =
    'address device,uint32 position,bytes32 previous,bytes32 command,string happening,uint64 at,uint32 attempt,string detail'
  const types = {
    CommandEvent: fields.split(',').map((field) => {
      const [type, name] = field.split(' ') as [string, string]
      return { name, type }
    }),
  }
  const value = { ...event, command: hashOfCommand(first) }
  const whose = { name: 'Commonwatt', version: '1', chainId: 31_337n, verifyingContract: CONTRACT }
  const signer = verifyTypedData(whose, types, value, event.signature)
  expect(signer.toLowerCase()).toBe(gateway.address)
})
