/* The form's token belongs to a session. When somebody signs in again in another tab, the pages
   that stayed open fetch the new one, and go on as if nothing had happened. */

export async function refreshToken() {
  try {
    const reply = await fetch("/account/csrf", { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!reply.ok) return false;
    const { csrf_token: token, signed_in: signedIn } = await reply.json();
    if (!token || signedIn === false) return false;
    for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = token;
    return true;
  } catch {
    return false;
  }
}
