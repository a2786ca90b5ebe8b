import { describe, expect, test } from 'vitest'
import { decodeLinks } from './core-links.ts'
import { offeredObjectsOf } from './offered-objects.ts'

const read = (text: string) => {
  const { root, formats, objects } = offeredObjectsOf(decodeLinks(Buffer.from(text)))
  return {
    root,
    formats,
    ...Object.fromEntries([...objects].map(([id, { version, instances }]) => [id, [version, ...instances]])),
  }
}

describe('the links of a registration', () => {
  test('say the content formats, the objects, their versions and their instances', () => {
    expect(
      read('</>;rt="oma.lwm2m";ct="110 112 11542",</1/0>,</3/0>;ver=1.2,</3421>;ver="2.0",</3421/1>,</3421/0>,</3308>'),
    ).toEqual({
      root: '',
      formats: [110, 112, 11_542],
      1: ['1.0', 0],
      3: ['1.2', 0],
      3421: ['2.0', 0, 1],
      3308: ['1.0'],
    })
  })

  test('say the version on the instance in clients that do', () => {
    expect(read('</3421/0>;ver=2.0,</3303/0>;ver=1.1')).toMatchObject({ 3421: ['2.0', 0], 3303: ['1.1', 0] })
  })

  test('may have another root, and links to something else', () => {
    expect(read('</lwm2m>;rt="oma.lwm2m";ct=11543, </lwm2m/3/0> , </sensors/1>;if="x,y;z",</3421/0>')).toEqual({
      root: '/lwm2m',
      formats: [11_543],
      3: ['1.0', 0],
    })
  })

  test('may have quoted commas and quotes, and attributes without a value', () => {
    const [link, ...others] = decodeLinks(Buffer.from('</3/0>;title="a, \\"b\\"; <c>";obs;title=twice'))
    expect(others).toEqual([])
    expect(Object.fromEntries(link!.attributes)).toEqual({ title: 'a, "b"; <c>', obs: '' })
  })

  test('may be none at all', () => expect(read('')).toEqual({ root: '', formats: [] }))

  test.each([
    ['</3/0', 'no link at "</3/0", which is character 0'],
    ['</3/0>,', 'no link'],
    [',</3/0>', 'no link'],
    ['</3/0></4/0>', 'no link'],
    ['</3/0>;', 'no link'],
    ['</3/0>;ver="2.0', 'no link'],
    ['3/0', 'no link'],
    ['</3/0>;ver=latest', 'no version'],
    ['</3/70000>', 'from 0 to 65534'],
    ['</3/00>', 'is no path'],
    ['</3/0/1>', 'neither an object nor an instance'],
    ['</>;rt="oma.lwm2m";ct="many"', 'no content format'],
    ['</a b>;rt="oma.lwm2m"', 'no link'],
    [`</3/0>;a${Array.from({ length: 33 }, (_, n) => `;b${n}`).join('')}`, 'more than 32 attributes'],
    ['</1/0>,'.repeat(4_097), 'more than 4096 links'],
    ['x'.repeat(65_537), '65537 bytes'],
  ])('are refused where they are %j: %s', (text, words) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'lwm2m-malformed', message: expect.stringContaining(words) as string }),
    )
  })
})
