# Built with `docker build -t copydesk .`; how it is used stands in docs/install.md.
FROM python:3.11-slim AS build
WORKDIR /source
# what the build reads, and nothing else of the project
COPY pyproject.toml setup.py README.md LICENSE NOTICE ./
COPY building/ building/
COPY copydesk/ copydesk/
COPY cleaners/ cleaners/
COPY flows/ flows/
# with more: docker build --build-arg EXTRAS=[flows,parquet,postgresql] -t copydesk .
ARG EXTRAS="[flows]"
RUN python -m venv /opt/copydesk
RUN /opt/copydesk/bin/pip install --no-cache-dir ".${EXTRAS}"

FROM python:3.11-slim
# a user who owns nothing but the folder of pages and records
RUN useradd --no-create-home --uid 10001 copydesk && install --directory --owner copydesk /data
COPY --from=build /opt/copydesk /opt/copydesk
ENV PATH="/opt/copydesk/bin:$PATH" PREFECT_HOME="/data/.prefect" PYTHONDONTWRITEBYTECODE="1"
USER copydesk
WORKDIR /data
VOLUME /data
ENTRYPOINT ["copydesk"]
CMD ["--help"]
