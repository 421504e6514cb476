/** Shows the API's document. Who is logged in here can try each call: the browser sends the session's cookie along. */

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  tagsSorter: "alpha",
  filter: true,
  // Nothing of what is looked at here is sent to anybody.
  validatorUrl: null,
});
