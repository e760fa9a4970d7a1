/** A text with places marked `⟦place⟧label`, without the marks; a label is letters and digits, or none. */
export interface Marked {
  readonly text: string
  readonly places: readonly { readonly label: string; readonly start: number; readonly end: number }[]
}

export function marked(source: string): Marked {
  const places: { label: string; start: number; end: number }[] = []
  let text = ''
  let from = 0
  for (const match of source.matchAll(/⟦([^⟧]*)⟧(\w*)/gu)) {
    text += source.slice(from, match.index)
    places.push({ label: match[2] ?? '', start: text.length, end: text.length + (match[1] ?? '').length })
    text += match[1]
    from = match.index + match[0].length
  }
  return { text: text + source.slice(from), places }
}
