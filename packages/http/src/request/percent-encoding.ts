/** The pairs. A question mark at the text's beginning belongs to the first name, which is not what the class thinks. */
export const searchParams = (text: string): URLSearchParams => new URLSearchParams(`?${text}`);

export function isDecodable(text: string): boolean {
  if (!text.includes('%')) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
