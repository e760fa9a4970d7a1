export interface Tally {
  readonly passed: number
  readonly failed: number
}

/** The part of vitest's JSON report that is counted. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[]
}

/**
 * Passed and failed tests of one vitest run. A file that could not be loaded, a run that ended with an error no test shows (an unhandled
 * rejection, a crash), a run without a report and a run without tests each count as one failure: they must not look green.
 */
export function tally(report: string | undefined, exitStatus: number): Tally {
  if (report === undefined) return { passed: 0, failed: 1 }
  const { numPassedTests: passed, numFailedTests, testResults } = JSON.parse(report) as Report
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length
  const failed = numFailedTests + brokenFiles
  const hidden = failed === 0 && (exitStatus !== 0 || passed === 0)
  return { passed, failed: hidden ? 1 : failed }
}
