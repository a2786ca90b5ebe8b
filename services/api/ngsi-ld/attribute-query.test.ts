import { describe, expect, test } from 'vitest'
import { parseAttributeQuery } from './attribute-query.ts'
import type { Entity } from './entity.ts'

const entity: Entity = {
  id: 'urn:ngsi-ld:DeviceMeasurement:0x1:voltage',
  type: 'DeviceMeasurement',
  attributes: {
    controlledProperty: { type: 'Property', value: 'voltage' },
    numValue: { type: 'Property', value: 231.5, unitCode: 'VLT' },
    outlier: { type: 'Property', value: false },
    capabilities: { type: 'Property', value: ['switch', 'set-point'] },
    refDevice: { type: 'Relationship', object: 'urn:ngsi-ld:Device:0x1' },
  },
}
const holds = (q: string) => parseAttributeQuery(q)(entity)

describe('a query of attributes', () => {
  test('compares texts, numbers, truths, lists and relationships', () => {
    expect(holds('controlledProperty=="voltage"')).toBe(true)
    expect(holds('controlledProperty!="voltage"')).toBe(false)
    expect(holds('numValue>231.4;numValue<=231.5')).toBe(true)
    expect(holds('numValue>=232')).toBe(false)
    expect(holds('outlier==false')).toBe(true)
    expect(holds('capabilities=="set-point"')).toBe(true)
    expect(holds('capabilities!="set-point"')).toBe(false)
    expect(holds('refDevice==urn:ngsi-ld:Device:0x1')).toBe(true)
  })

  test('finds no entity that lacks the attribute, or has one of another type', () => {
    expect(holds('dateObserved!="2026"')).toBe(false)
    expect(holds('numValue=="231.5"')).toBe(false)
    expect(holds('controlledProperty>1')).toBe(false)
  })

  test('is refused where it is more than comparisons, or too long', () => {
    for (const q of ['', 'numValue', '(numValue>1)', 'numValue>1|outlier==true', 'numValue=="a', '__proto__']) {
      expect(() => parseAttributeQuery(q)).toThrow(/^q: /)
    }
    expect(() => parseAttributeQuery(Array.from({ length: 11 }, () => 'numValue>1').join(';'))).toThrow('11 terms')
  })
})
