/**
 * Starts the reader that an API documentation page has loaded.
 *
 *   <main id="api-docs" data-reader="swagger" data-schema="/api/schema/">…</main>
 *   <main id="api-docs" data-reader="redoc" data-schema="/api/schema/" data-nonce="…">…</main>
 *
 * Swagger UI signs its requests with the session; the safety token for them comes from the cookie.
 */
const page = document.getElementById("api-docs");

function csrfToken() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  return cookie ? decodeURIComponent(cookie.slice("csrftoken=".length)) : "";
}

if (page?.dataset.reader === "swagger" && window.SwaggerUIBundle) {
  window.SwaggerUIBundle({
    url: page.dataset.schema,
    domNode: page,
    deepLinking: true,
    // Of many operations only those in sight are in the page, where the browser's own search finds nothing else.
    filter: true,
    validatorUrl: null,
    presets: [window.SwaggerUIBundle.presets.apis],
    requestInterceptor(request) {
      if (new URL(request.url, location.href).origin === location.origin) {
        request.headers["X-CSRFToken"] = csrfToken();
      }
      return request;
    },
  });
}

if (page?.dataset.reader === "redoc" && window.Redoc) {
  // The content policy allows neither a worker made from text, for the search, nor the styles of its own scroll bars.
  const options = { nonce: page.dataset.nonce, disableSearch: true, nativeScrollbars: true, hideLoading: true };
  window.Redoc.init(page.dataset.schema, options, page);
}
