import { createSecretKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parseRecords } from './record.ts'
import { createOpener, createSealer, openCcm8, sealCcm8 } from './record-protection.ts'
import { createReplayWindow } from './replay-window.ts'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

/** Packet vectors 1 to 3 of RFC 3610 section 8, whose tags have eight bytes. */
const VECTORS = [
  {
    nonce: '00000003020100a0a1a2a3a4a5',
    plaintext: '08090a0b0c0d0e0f101112131415161718191a1b1c1d1e',
    sealed: '588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0',
  },
  {
    nonce: '00000004030201a0a1a2a3a4a5',
    plaintext: '08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    sealed: '72c91a36e135f8cf291ca894085c87e3cc15c439c9e43a3ba091d56e10400916',
  },
  {
    nonce: '00000005040302a0a1a2a3a4a5',
    plaintext: '08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20',
    sealed: '51b1e5f44a197d1da46b0f8e2d282ae871e838bb64da8596574adaa76fbd9fb0c5',
  },
]

describe('AES-128-CCM-8', () => {
  test.each(VECTORS)('seals and opens a packet of RFC 3610', ({ nonce, plaintext, sealed }) => {
    const key = createSecretKey(hex('c0c1c2c3c4c5c6c7c8c9cacbcccdcecf'))
    const additional = hex('0001020304050607')
    expect(sealCcm8(key, hex(nonce), additional, hex(plaintext)).toString('hex')).toBe(sealed)
    expect(openCcm8(key, hex(nonce), additional, hex(sealed))?.toString('hex')).toBe(plaintext)
    expect(openCcm8(key, hex(nonce), hex('0001020304050608'), hex(sealed))).toBeNull()
  })
})

describe('a protected record', () => {
  const key = { key: createSecretKey(hex('000102030405060708090a0b0c0d0e0f')), salt: hex('a0a1a2a3') }

  test('says its number in its nonce, is longer by 16 bytes, and is read once', () => {
    const seal = createSealer(key, 1)
    seal(23, Buffer.from('first'))
    const [record] = parseRecords(seal(23, Buffer.from('second')))
    expect(record).toMatchObject({ type: 23, version: 0xfefd, epoch: 1, sequence: 1 })
    expect(record!.fragment.subarray(0, 8).toString('hex')).toBe('0001000000000001')
    expect(record!.fragment).toHaveLength(16 + 'second'.length)
    const open = createOpener(key)
    expect(open(record!)?.toString()).toBe('second')
    expect(open(record!)).toBeNull()
  })

  test('is not read under another type, number or epoch', () => {
    const [record] = parseRecords(createSealer(key, 1)(23, Buffer.from('x')))
    const open = createOpener(key)
    for (const change of [{ type: 21 }, { sequence: 5 }, { epoch: 2 }, { version: 0xfeff }]) {
      expect(open({ ...record!, ...change })).toBeNull()
    }
    expect(open({ ...record!, fragment: record!.fragment.subarray(0, 15) })).toBeNull()
    expect(open(record!)?.toString()).toBe('x')
  })
})

describe('a replay window', () => {
  test('is as wide as 64 numbers and moves with the highest alone', () => {
    const window = createReplayWindow()
    const take = (sequence: number): boolean => {
      const isOpen = window.isOpenTo(sequence)
      if (isOpen) window.note(sequence)
      return isOpen
    }
    expect([0, 0, 70, 7, 6, 8, 7, 70, 69, 2 ** 48 - 1, 70].map(take)).toEqual([
      true,
      false,
      true,
      true,
      false,
      true,
      false,
      false,
      true,
      true,
      false,
    ])
  })

  test('agrees with a memory of all numbers over 20,000 in random order', () => {
    const window = createReplayWindow()
    const seen = new Set<number>()
    let highest = -1
    let state = 12_345
    for (let run = 0; run < 20_000; run += 1) {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      const sequence = Math.max(0, Math.floor(run / 2) + ((state >> 8) % 200) - 100)
      const isNew = !seen.has(sequence) && sequence > highest - 64
      expect(window.isOpenTo(sequence)).toBe(isNew)
      if (!isNew) continue
      window.note(sequence)
      seen.add(sequence)
      highest = Math.max(highest, sequence)
    }
  })
})
