/**
 * Reads JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` stand for the numbers, as published configurations have them
 * (`"time_step_limit": [0.0, Infinity]`).
 *
 * @throws SyntaxError
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // Texts are matched first, so that a word inside one stays what it is.
    const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) =>
      token.startsWith('"') ? token : `"${MARK}${token}"`,
    )
    if (marked === text || text.includes(MARK)) throw error
    return JSON.parse(marked, (_, value) =>
      typeof value === 'string' && value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value,
    )
  }
}

const MARK = 'Python writes '
