// Starts Swagger UI on the description beside this page. A file, because our pages run no inline script.
SwaggerUIBundle({
  url: document.querySelector('#docs').dataset.description,
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
});
