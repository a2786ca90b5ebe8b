import { describe, expect, test } from 'vitest'
import { commitmentOf } from '../chain/flex-requests.ts'
import { DomainError } from '../domain/errors.ts'
import { rate } from '../domain/units.ts'
import { createOffering } from './offering.ts'
import { addressOf, operationForTest, request } from './operation-for-test.ts'

type World = ReturnType<typeof operationForTest>
const purposes = ({ state }: World) => state.sent.map(({ purpose }) => purpose.split(':')[0])
/** As the projections have it once the sealing is mined. */
const project = ({ state }: World, offerState: 'sealed' | 'opened' | 'ordered' = 'sealed') => {
  state.offers = state.sealed.map(({ commitment, requestId, portfolioId }, index) => ({
    ...{ offerId: index + 1, requestId, portfolioId, commitment, state: offerState },
  }))
}
function asked(change: Parameters<typeof request>[0] = {}): World {
  const world = operationForTest()
  world.state.requests = [request(change)]
  return world
}

describe('createOffering', () => {
  test('keeps an offer with its salt before it is sealed, and seals exactly that', async () => {
    const world = asked()
    const { operation, state } = world
    let keptAtSending = 0
    const send = operation.sender.send
    const sender = {
      send: (purpose: string, call: Parameters<typeof send>[1]) => {
        keptAtSending = state.sealed.length
        return send(purpose, call)
      },
    }
    await createOffering({ ...operation, sender })()
    expect(keptAtSending).toBe(1)
    const [{ commitment, offer, backing }] = state.sealed as [(typeof state.sealed)[0]]
    expect(commitmentOf(1, 1, offer)).toBe(commitment)
    expect(state.sent[0]!.call.arguments).toEqual([1, 1, commitment])
    expect(backing).toEqual([1, 2, 3].map(addressOf))
    // Nobody needs more than 4 kW of the 12 kW that three batteries have.
    expect(offer.options[0]!.periods.map(({ power }) => power)).toEqual([-4_000n, -4_000n])
    expect(state.said).toEqual([{ sealed: 1 }])
  })

  test('goes on after a restart with the offer that was kept, and draws no other', async () => {
    const world = asked()
    const { operation, state } = world
    state.refusesCall = new DomainError('ledger-unreachable', 'gone')
    await expect(createOffering(operation)()).rejects.toThrow('gone')
    const kept = state.sealed
    expect(kept).toHaveLength(1)
    expect(state.said).toEqual([])

    state.refusesCall = null
    await createOffering(operation)()
    expect(state.sealed).toEqual(kept)
    expect(state.sent[0]!.call.arguments[2]).toBe(kept[0]!.commitment)
  })

  test('opens what was sealed once the request has expired, and not before', async () => {
    const world = asked()
    const { operation, state } = world
    const step = createOffering(operation)
    await step()
    project(world)
    await step()
    expect(purposes(world)).toEqual(['seal-offer'])
    expect(state.sealed[0]!.offerId).toBe(1)

    state.now = request().expiresAt
    await step()
    expect(purposes(world)).toEqual(['seal-offer', 'open-offer'])
    expect(state.sent[1]!.call.arguments[0]).toBe(1)
    expect(state.said.at(-1)).toEqual({ opened: 1 })

    project(world, 'opened')
    await step()
    expect(purposes(world)).toHaveLength(2)
  })

  test('says nothing of opening before it knows the numbers of its offers, and opens nothing too late', async () => {
    const world = asked()
    const { operation, state } = world
    const step = createOffering(operation)
    await step()
    state.now = request().expiresAt
    await step()
    expect(state.said).not.toContainEqual({ opened: 1 })
    project(world)
    state.now = request().revealUntil
    await step()
    expect(purposes(world)).toEqual(['seal-offer'])
  })

  test('takes back an offer that its devices cannot deliver any more, and leaves one that they can', async () => {
    for (const lost of [1, 3]) {
      const world = asked({
        periods: request().periods.map((one) => ({ ...one, minPower: -12_000n as typeof one.minPower })),
      })
      const { operation, state } = world
      const step = createOffering(operation)
      await step()
      project(world)
      const isOffered = state.sealed[0]!.offer.options[0]!.periods[0]!.power
      for (let member = 1; member <= lost; member += 1) {
        const limits = state.limits.get(addressOf(member))!
        state.limits.set(addressOf(member), { ...limits, sources: ['owner'] })
      }
      await step()
      // Of three at 0.98 two or more deliver with 99.9 %, and all of them with 94 %.
      expect(isOffered).toBe(-12_000n)
      expect(purposes(world)).toEqual(['seal-offer', 'revoke-offer'])
    }
    const world = asked()
    const step = createOffering(world.operation)
    await step()
    project(world)
    world.state.homes.delete(1)
    await step()
    expect(purposes(world)).toEqual(['seal-offer'])
  })

  test('never has a battery behind two offers that may both be ordered', async () => {
    const world = asked()
    const { operation, state } = world
    await createOffering(operation)()
    project(world)
    state.requests = [request(), request({ requestId: 2 })]
    await createOffering(operation)()
    expect(state.sealed.map(({ requestId }) => requestId)).toEqual([1])
    expect(state.said.at(-1)).toEqual({ sealed: 2 })
  })

  test('declines where it is not prequalified, nobody consents, or it would cost more than the cap', async () => {
    const worlds = [asked(), asked(), asked({ priceCap: rate(1n) }), asked({ isOpen: false })]
    worlds[0]!.state.prequalifiedW = 0n
    worlds[1]!.state.consents.splice(0)
    for (const world of worlds) {
      await createOffering(world.operation)()
      expect(world.state.sealed).toEqual([])
      expect(world.state.sent).toEqual([])
    }
    expect(worlds.map(({ state }) => state.said.length)).toEqual([1, 1, 1, 0])
  })

  test('gives an offer up that the ledger refuses, and goes on', async () => {
    const world = asked()
    const { operation, state } = world
    const step = createOffering(operation)
    state.refusesCall = new DomainError('flex-requests-expired', 'too late')
    await step()
    state.refusesCall = null
    await step()
    expect(state.sent).toEqual([])
  })
})
