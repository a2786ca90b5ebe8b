import { describe, expect, test } from 'vitest'
import { messageDigestOf, noveltyOf, parseMessageId } from './message-identity.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown

describe('noveltyOf', () => {
  const digest = messageDigestOf(new TextEncoder().encode('<FlexRequest/>'))
  const other = messageDigestOf(new TextEncoder().encode('<FlexRequest />'))

  test('knows a message that was submitted before by its content', () => {
    expect(noveltyOf(null, digest)).toBe('new')
    expect(noveltyOf(digest, messageDigestOf(new TextEncoder().encode('<FlexRequest/>')))).toBe('already-submitted')
  })

  test('refuses another content under the same id', () => {
    expect(() => noveltyOf(digest, other)).toThrow(withCode('duplicate-identifier'))
  })
})

describe('parseMessageId', () => {
  test('takes UUIDs in either case as one', () => {
    const id = '1f3d5b7a-0000-4000-8000-00000000ABCD'
    expect(parseMessageId(id)).toBe(id.toLowerCase())
  })

  test.each(['', '1f3d5b7a', '1f3d5b7a-0000-4000-8000-00000000ABCG', '1f3d5b7a00004000800000000000ABCD'])(
    'refuses "%s"',
    (id) => {
      expect(() => parseMessageId(id)).toThrow(withCode('flex-message-id-invalid'))
    },
  )
})
