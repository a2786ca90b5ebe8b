import { describe, expect, test } from 'vitest'
import { decodeLinks } from '../content/core-links.ts'
import { offeredObjectsOf } from '../content/offered-objects.ts'
import { measuringSourcesOf } from './measuring-sources.ts'

const sourcesOf = (links: string) => measuringSourcesOf(offeredObjectsOf(decodeLinks(Buffer.from(links))))

describe('measuringSourcesOf', () => {
  test('takes three phases from what says their total', () => {
    expect(sourcesOf('</3421/0>,</3421/1>,</3421/2>,</3422/0>')).toEqual({ flows: [3422, 0], states: [] })
  })

  test('takes separate directions before one register, and no voltage twice', () => {
    expect(sourcesOf('</3305/0>,</3421/4>,</3316/0>,</3/0>')).toEqual({ flows: [3421, 4], states: [] })
  })

  test('takes sensors where there is no meter, and one switch', () => {
    expect(sourcesOf('</3305/0>,</3316/2>,</3306/1>,</3312/0>,</3411/0>')).toEqual({
      flows: [3305, 0],
      states: [
        [3411, 0],
        [3312, 0],
        [3316, 2],
      ],
    })
    expect(sourcesOf('</3303/0>,</3308>')).toEqual({ flows: null, states: [[3303, 0]] })
  })

  test('refuses several meters of which nobody knows what they are together', () => {
    expect(() => sourcesOf('</3421/0>,</3421/1>')).toThrow(expect.objectContaining({ code: 'lwm2m-ambiguous' }))
  })
})
