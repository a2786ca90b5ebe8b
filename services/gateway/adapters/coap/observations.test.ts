import { describe, expect, test } from 'vitest'
import { allElse, answered, content, GET, openChannelWorld, type ChannelWorld } from './channel-world.ts'
import { bareResponse } from './meaning.ts'
import { EMPTY_MESSAGE, uintOf, uintOption, type CoapOption } from './message.ts'
import { OPTION } from './option-rules.ts'

const [CON, NON, ACK, RST] = [0, 1, 2, 3] as const

async function observing(options: { readonly world?: ChannelWorld; readonly refusals?: number } = {}) {
  const world = options.world ?? openChannelWorld()
  let refusals = options.refusals ?? 0
  const taken: string[] = []
  const begun = world.channel.conversation.peer.observe(GET, async ({ payload }) => {
    if (refusals-- > 0) throw new Error('not now')
    taken.push(Buffer.from(payload).toString())
  })
  await allElse()
  const [registration] = world.sent()
  const { token } = registration!.message
  await world.hear(ACK, registration!.messageId, answered(token, content('first', 10)))
  const notify = (type: 0 | 1, messageId: number, sequence: number | null, text: string, more: CoapOption[] = []) =>
    world.hear(type, messageId, answered(token, content(text, sequence), more))
  return { world, token, taken, notify, registration: registration!, ...(await begun) }
}

describe('an observation', () => {
  test('asks with observe 0, and passes on what is fresher than the last', async () => {
    const { world, taken, notify, registration, first } = await observing()
    expect(uintOf(registration.message, OPTION.observe)).toBe(0)
    expect(first).toMatchObject({ observe: 10 })
    await notify(CON, 100, 12, 'twelve')
    await notify(NON, 101, 11, 'reordered')
    await notify(CON, 102, 12, 'the same')
    await notify(NON, 103, 13, 'thirteen')
    expect(taken).toEqual(['twelve', 'thirteen'])
    expect(world.sent()).toMatchObject([
      { type: ACK, messageId: 100, message: EMPTY_MESSAGE },
      { type: ACK, messageId: 102, message: EMPTY_MESSAGE },
    ])
  })

  test('takes any number after 128 seconds', async () => {
    const { world, taken, notify } = await observing()
    await notify(NON, 100, 12, 'twelve')
    await world.clock.pass(128_001)
    await notify(NON, 101, 3, 'restarted')
    expect(taken).toEqual(['twelve', 'restarted'])
  })

  test('does not acknowledge what could not be taken, and takes it when it comes again', async () => {
    const { world, taken, notify } = await observing({ refusals: 1 })
    await notify(CON, 100, 12, 'twelve')
    expect(world.sent()).toEqual([])
    await notify(CON, 100, 12, 'twelve')
    expect(taken).toEqual(['twelve'])
    expect(world.sent()).toMatchObject([{ type: ACK, messageId: 100 }])
    expect(world.defects).toEqual([])
  })

  test('is cancelled by a GET with observe 1 and its token, and resets what comes after', async () => {
    const { world, token, taken, notify, cancel } = await observing()
    const cancelled = cancel()
    await allElse()
    const [farewell] = world.sent()
    expect(farewell!.message).toMatchObject({ code: 1, token })
    expect(uintOf(farewell!.message, OPTION.observe)).toBe(1)
    await world.hear(ACK, farewell!.messageId, answered(token, content('last')))
    await cancelled
    await notify(CON, 100, 12, 'late')
    await notify(NON, 101, 13, 'later')
    expect(world.sent()).toMatchObject([
      { type: RST, messageId: 100 },
      { type: RST, messageId: 101 },
    ])
    expect(taken).toEqual([])
    await cancel()
    expect(world.sent()).toEqual([])
  })

  test('of what is observed already registers anew with the same token, and takes its place', async () => {
    const first = await observing()
    const again = await observing({ world: first.world })
    expect(again.token).toEqual(first.token)
    await first.cancel()
    expect(first.world.sent()).toEqual([])
    await again.notify(NON, 100, 12, 'twelve')
    expect(first.taken).toEqual([])
    expect(again.taken).toEqual(['twelve'])
  })

  test('ends with a refusal, and with an answer without a number', async () => {
    const refused = await observing()
    await refused.world.hear(CON, 100, answered(refused.token, bareResponse('4.04')))
    await refused.notify(CON, 101, 12, 'twelve')
    expect(refused.world.sent()).toMatchObject([
      { type: ACK, messageId: 100 },
      { type: RST, messageId: 101 },
    ])
    const unnumbered = await observing()
    await unnumbered.notify(CON, 100, null, 'plain')
    expect(unnumbered.taken).toEqual(['plain'])
    expect(unnumbered.world.channel.isIdle()).toBe(true)
  })

  test('that the peer does not begin is none', async () => {
    const world = openChannelWorld()
    const begun = world.channel.conversation.peer.observe(GET, async () => undefined)
    await allElse()
    const [registration] = world.sent()
    await world.hear(ACK, registration!.messageId, answered(registration!.message.token, bareResponse('4.05')))
    expect((await begun).first.code).toBe('4.05')
    expect(world.channel.isIdle()).toBe(true)
  })

  test.each([
    ['a critical option that is unknown', [{ number: 9, value: Buffer.alloc(1) }]],
    ['a block of the reserved size', [uintOption(OPTION.block2, 7)]],
    ['a block that is none of the first', [uintOption(OPTION.block2, 0x16)]],
    ['a block that is not filled', [uintOption(OPTION.block2, 0x0e)]],
  ])('drops a notification with %s, and goes on', async (_, options) => {
    const { world, taken, notify } = await observing()
    await notify(CON, 100, 12, 'odd', options)
    expect(world.sent()).toEqual([])
    await notify(CON, 101, 13, 'good')
    expect(taken).toEqual(['good'])
    expect(world.defects).toEqual([])
  })
})
