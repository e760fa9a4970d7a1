import { expect, it } from 'vitest'
import { tally } from '../../scripts/tally.ts'

const report = (passed: number, failed: number, files: readonly object[] = []): string =>
  JSON.stringify({ numPassedTests: passed, numFailedTests: failed, testResults: files })

it('counts what vitest counts', () => {
  expect(tally(report(7, 0), 0)).toEqual({ passed: 7, failed: 0 })
  expect(tally(report(7, 2, [{ status: 'failed', assertionResults: [{ status: 'failed' }] }]), 1)).toEqual({ passed: 7, failed: 2 })
})

it('counts a file that does not load', () => {
  expect(tally(report(7, 0, [{ status: 'failed', assertionResults: [] }]), 1)).toEqual({ passed: 7, failed: 1 })
})

it('counts an error outside the tests, a crash, and a run without tests', () => {
  expect(tally(report(7, 0), 1)).toEqual({ passed: 7, failed: 1 })
  expect(tally(undefined, 139)).toEqual({ passed: 0, failed: 1 })
  expect(tally(report(0, 0), 0)).toEqual({ passed: 0, failed: 1 })
})
