"""The service description (Open Badges 3.0 §B.4.1): an OpenAPI document of what there is here and
of how a program is let in. What a credential is, its own schema says.
"""

from __future__ import annotations

from typing import Any, Final

from engine.connections import scopes
from engine.connections.scopes import (
    ADD_CREDENTIALS,
    CHANGE_PROFILE,
    READ_CREDENTIALS,
    READ_PROFILE,
)
from engine.settings import Settings
from engine.web.api import programs

_CREDENTIAL_SCHEMA: Final = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)
_SCOPES: Final = {
    READ_CREDENTIALS: "Permission to read OpenBadgeCredentials for the authenticated entity.",
    ADD_CREDENTIALS: "Permission to create or update OpenBadgeCredentials for the authenticated "
    "entity, where they count as something here.",
    READ_PROFILE: "Permission to read the profile for the authenticated entity.",
    CHANGE_PROFILE: "Permission to update the profile for the authenticated entity.",
}
assert set(_SCOPES) == set(scopes.WORDS)

_TEXT: Final = {"type": "string"}
_ADDRESS: Final = {"type": "string", "format": "uri"}


def document(settings: Settings) -> dict[str, Any]:
    """The whole of it, for this installation."""
    base = settings.base_url
    return {
        "openapi": "3.0.1",
        "info": {
            "title": settings.site_name,
            "description": "Open Badges 3.0: the credentials and the profile of a person, for the "
            "programs that they let in.",
            "version": "3.0",
            "termsOfService": settings.terms_url or f"{base}/",
            "x-imssf-privacyPolicyUrl": settings.privacy_url or f"{base}/",
            "x-imssf-image": f"{base}/static/favicon.svg",
            "x-model-pid": "org.1edtech.ob.v3p0.model",
            "x-service-pid": "org.1edtech.ob.v3p0.rest.servicemodel",
        },
        "servers": [{"url": f"{base}{programs.BADGES.rstrip('/')}"}],
        "tags": [{"name": "OpenBadgeCredentials"}, {"name": "Discovery"}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"OAuth2ACG": _security(settings)},
            "schemas": _schemas(),
        },
    }


def _security(settings: Settings) -> dict[str, Any]:
    base = settings.base_url
    return {
        "type": "oauth2",
        "description": "OAuth 2.0 Authorization Code Grant, with PKCE by S256",
        "x-imssf-name": settings.site_name,
        "x-imssf-registrationUrl": f"{base}/oauth/register",
        "x-imssf-privacyPolicyUrl": settings.privacy_url or f"{base}/",
        "x-imssf-termsOfServiceUrl": settings.terms_url or f"{base}/",
        "x-imssf-revocationUrl": f"{base}/oauth/revoke",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": f"{base}/oauth/authorize",
                "tokenUrl": f"{base}/oauth/token",
                "refreshUrl": f"{base}/oauth/token",
                "scopes": _SCOPES,
            }
        },
    }


def _paths() -> dict[str, Any]:
    credential = {
        "application/json": {"schema": _ref("AchievementCredential")},
        "application/vc+ld+json": {"schema": _ref("AchievementCredential")},
        "text/plain": {"schema": _ref("CompactJws")},
    }
    return {
        "/credentials": {
            "get": _operation(
                "getCredentials",
                READ_CREDENTIALS,
                {200: _answer("GetOpenBadgeCredentialsResponse", _page_headers())},
                parameters=[
                    _query("limit", {"type": "integer", "format": "int32", "minimum": 1}),
                    _query("offset", {"type": "integer", "format": "int32", "minimum": 0}),
                    _query("since", {"type": "string", "format": "date-time"}),
                ],
            ),
            "post": _operation(
                "upsertCredential",
                ADD_CREDENTIALS,
                {
                    200: {
                        "description": "A newer copy took the older one's place.",
                        "content": credential,
                    },
                    201: {"description": "It was recorded.", "content": credential},
                    304: {"description": "It is here already, as it is."},
                },
                body=credential,
            ),
        },
        "/profile": {
            "get": _operation("getProfile", READ_PROFILE, {200: _answer("Profile")}),
            "put": _operation(
                "putProfile",
                CHANGE_PROFILE,
                {200: _answer("Profile")},
                body={"application/json": {"schema": _ref("Profile")}},
            ),
        },
        "/discovery": {
            "get": {
                "operationId": "getServiceDescription",
                "tags": ["Discovery"],
                "security": [],
                "responses": {
                    "200": {
                        "description": "This document.",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    },
                    "default": _answer("Imsx_StatusInfo"),
                },
            }
        },
    }


def _operation(
    name: str,
    scope: str,
    answers: dict[int, dict[str, Any]],
    parameters: list[dict[str, Any]] | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    wrong = (400, 401, 403, 404, 405, 429, 500)
    made: dict[str, Any] = {
        "operationId": name,
        "tags": ["OpenBadgeCredentials"],
        "security": [{"OAuth2ACG": [scope]}],
        "responses": {
            **{str(status): said for status, said in answers.items()},
            **{str(status): _answer("Imsx_StatusInfo") for status in wrong},
            "default": _answer("Imsx_StatusInfo"),
        },
    }
    if parameters:
        made["parameters"] = parameters
    if body:
        made["requestBody"] = {"required": True, "content": body}
    return made


def _answer(schema: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "description": schema,
        "content": {"application/json": {"schema": _ref(schema)}},
    }
    if headers:
        made["headers"] = headers
    return made


def _page_headers() -> dict[str, Any]:
    return {
        "X-Total-Count": {"schema": {"type": "integer", "minimum": 0}},
        "Link": {"schema": _TEXT},
    }


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas() -> dict[str, Any]:
    codes = ["failure", "processing", "success", "unsupported"]
    minor = [
        "forbidden", "fullsuccess", "internal_server_error", "invalid_data",
        "invalid_query_parameter", "misdirected_request", "not_acceptable", "not_allowed",
        "not_found", "not_modified", "server_busy", "unauthorizedrequest", "unknown",
    ]  # fmt: skip
    return {
        "GetOpenBadgeCredentialsResponse": _object(
            {
                "credential": {"type": "array", "items": _ref("AchievementCredential")},
                "compactJwsString": {"type": "array", "items": _ref("CompactJws")},
            },
            [],
        ),
        "AchievementCredential": {
            "type": "object",
            "required": ["@context", "id", "type", "issuer", "credentialSubject", "validFrom"],
            "properties": {
                "@context": {"type": "array", "items": {}, "minItems": 2},
                "id": _ADDRESS,
                "type": {"type": "array", "items": _TEXT},
                "credentialSubject": {"type": "object"},
                "validFrom": {"type": "string", "format": "date-time"},
            },
            "externalDocs": {"url": _CREDENTIAL_SCHEMA},
        },
        "CompactJws": {
            "type": "string",
            "pattern": "^[-A-Za-z0-9_]+\\.[-A-Za-z0-9_]+\\.[-A-Za-z0-9_]+$",
        },
        "Profile": _object(
            {
                "@context": {"type": "array", "items": {}},
                "id": _ADDRESS,
                "type": {"type": "array", "items": _TEXT, "minItems": 1},
                "name": _TEXT,
                "email": {"type": "string", "format": "email"},
                "url": _ADDRESS,
            },
            ["id", "type"],
        ),
        "Imsx_StatusInfo": _object(
            {
                "imsx_codeMajor": {"type": "string", "enum": codes},
                "imsx_severity": {"type": "string", "enum": ["error", "status", "warning"]},
                "imsx_description": _TEXT,
                "imsx_codeMinor": _object(
                    {
                        "imsx_codeMinorField": {
                            "type": "array",
                            "minItems": 1,
                            "items": _object(
                                {
                                    "imsx_codeMinorFieldName": _TEXT,
                                    "imsx_codeMinorFieldValue": {"type": "string", "enum": minor},
                                },
                                ["imsx_codeMinorFieldName", "imsx_codeMinorFieldValue"],
                            ),
                        }
                    },
                    ["imsx_codeMinorField"],
                ),
            },
            ["imsx_codeMajor", "imsx_severity"],
        ),
    }


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    return {**made, "required": required} if required else made
