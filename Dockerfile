# syntax=docker/dockerfile:1
# Two images: `service` (API, workers, watcher: what runs is the command) and `dashboard`.
FROM python:3.11-slim AS base
# A user of its own without a shell; 10001 is above any user of the host.
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin invoice
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
STOPSIGNAL SIGTERM

FROM base AS service-libraries
COPY requirements.txt /
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r /requirements.txt

FROM base AS dashboard-libraries
COPY requirements-dashboard.txt /
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r /requirements-dashboard.txt

FROM base AS dashboard
COPY --from=dashboard-libraries /venv /venv
COPY dashboard /app/dashboard
COPY .streamlit /app/.streamlit
ENV PYTHONPATH=/app
USER invoice
WORKDIR /app
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=6 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=2)"]
CMD ["streamlit", "run", "dashboard/app.py", "--server.port=8501", "--server.address=0.0.0.0", "--server.headless=true"]

# The last stage is what `docker build .` makes.
FROM base AS service
COPY --from=service-libraries /venv /venv
COPY src /app/src
COPY LICENSE README.md /app/
# Folders that volumes are mounted on: a new volume takes over their owner.
RUN install -d -o invoice -g invoice -m 0750 /app/incoming /app/generated /app/logs /app/data \
      /uploads /secrets /postgres-secret \
 && printf '#!/bin/sh\nexec python -m invoice_ai.cli "$@"\n' > /usr/local/bin/invoice-ai \
 && chmod 0755 /usr/local/bin/invoice-ai \
 && python -m compileall -q /app/src
ENV PYTHONPATH=/app/src UPLOAD_FOLDER=/uploads
USER invoice
WORKDIR /app
EXPOSE 8000
ENTRYPOINT ["invoice-ai"]
CMD ["serve"]
