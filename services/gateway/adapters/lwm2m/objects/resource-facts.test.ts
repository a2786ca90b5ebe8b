import { describe, expect, test } from 'vitest'
import { MEASURING_RESOURCES } from './measuring-resources.ts'
import { resourceTypeOf } from './resource-facts.ts'

describe('resourceTypeOf', () => {
  test.each([
    [3, 9, 'integer'],
    [3, 13, 'time'],
    [3, 22, 'link'],
    [3421, 25, 'float'],
    [3421, 53, 'boolean'],
    [3421, 5518, 'time'],
    [3422, 29, 'integer'],
    [3310, 5824, 'time'],
    [3310, 5827, 'integer'],
    [3411, 1, 'integer'],
    [10242, 41, 'float'],
    [10243, 14, 'float'],
    [3316, 5701, 'string'],
  ])('of %d/%d is %s', (object, resource, type) => expect(resourceTypeOf(object, resource)).toBe(type))

  test.each([
    [3, 4],
    [3331, 5822],
    [9, 9],
  ])('of %d/%d is not known: it is executed, or no object of ours', (object, resource) => {
    expect(resourceTypeOf(object, resource)).toBeNull()
  })

  test('of all that is measured is a number or a switch', () => {
    for (const [object, rules] of MEASURING_RESOURCES) {
      for (const resource of rules.flatMap(({ of, less = [] }) => [...of, ...less])) {
        expect(['float', 'integer', 'boolean'], `${object}/${resource}`).toContain(resourceTypeOf(object, resource))
      }
    }
  })
})
