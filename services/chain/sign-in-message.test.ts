import { describe, expect, test } from 'vitest'
import type { SignInMessage } from '../domain/identity/sign-in-message.ts'
import type { Ledger } from './ledger.ts'
import { formatSignInMessage, isSignedText, parseSignInMessage, signText } from './sign-in-message.ts'
import { addressOfKey } from './typed-data.ts'

const KEY = `0x${'11'.repeat(32)}`
const OTHER_KEY = `0x${'22'.repeat(32)}`
const MESSAGE: SignInMessage = {
  domain: '127.0.0.1:8420',
  address: addressOfKey(KEY),
  uri: 'http://127.0.0.1:8420/sign-in',
  chainId: 31_337n,
  nonce: 'abcdefgh12345678',
  issuedAt: 1_700_000_000,
  notBefore: null,
  expirationTime: 1_700_000_300,
}

/** A ledger on which the address is a contract that accepts one signature alone. */
const contractOf = (accepted: string) =>
  ({
    provider: {
      send: (_method: string, [{ data }]: [{ data: string }]) =>
        Promise.resolve(data.includes(accepted.slice(2)) ? `0x1626ba7e${'00'.repeat(28)}` : '0x'),
    },
  }) as unknown as Pick<Ledger, 'provider'>
const NO_CONTRACT = contractOf(`0x${'ee'.repeat(4)}`)

describe('a sign-in message', () => {
  test('is read as it was written', () => {
    expect(parseSignInMessage(formatSignInMessage(MESSAGE))).toEqual(MESSAGE)
  })

  test('is refused when it is another text, has an address without checksum, or a short nonce', () => {
    const text = formatSignInMessage(MESSAGE)
    const mixed = text.split('\n')[1]!
    const texts = [
      '',
      'hello',
      text.replace(mixed, mixed.toLowerCase()),
      text.replace(MESSAGE.nonce, 'short'),
      text.replace('Version: 1', 'Version: 2'),
      text.replace('2023-11-14T22:13:20.000Z', 'yesterday'),
      `${text}\nmore`,
    ]
    for (const wrong of texts) {
      expect(() => parseSignInMessage(wrong), wrong).toThrow(
        expect.objectContaining({ code: 'sign-in-message-malformed' }),
      )
    }
  })
})

describe('isSignedText', () => {
  const text = formatSignInMessage(MESSAGE)
  const address = MESSAGE.address

  test('accepts what the address signed, and nothing that another key or for another text was signed', async () => {
    const signature = await signText(text, KEY)
    expect(await isSignedText(NO_CONTRACT, { text, signature, address })).toBe(true)
    const others = [await signText(text, OTHER_KEY), await signText(`${text} `, KEY), '0x', `0x${'00'.repeat(65)}`]
    for (const other of others) {
      expect(await isSignedText(NO_CONTRACT, { text, signature: other, address })).toBe(false)
    }
  })

  test('accepts what the contract at the address accepts', async () => {
    const signature = `0x${'ab'.repeat(40)}`
    expect(await isSignedText(contractOf(signature), { text, signature, address })).toBe(true)
    expect(await isSignedText(contractOf(signature), { text, signature: `0x${'cd'.repeat(40)}`, address })).toBe(false)
  })
})
