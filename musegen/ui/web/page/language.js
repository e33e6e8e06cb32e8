// Tells the browser which language the page speaks, and keeps the one that was chosen in a cookie.

const YEAR = 365 * 24 * 3600;

export default function mount({ data }) {
  document.documentElement.lang = data.code;
  if (!data.cookie) return;
  document.cookie = `${data.name}=${data.cookie}; path=/; max-age=${YEAR}; samesite=lax`;
}
