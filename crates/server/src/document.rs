//! The last touches to the API's document: what holds for every operation is said once, here.

use utoipa::openapi::{
    Content, HttpMethod, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder,
    path::Operation,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};

const PROBLEM: &str = "application/problem+json";

/// Every operation may answer with a problem, under its own media type, and says who may call it.
pub(crate) fn finished(mut document: OpenApi) -> OpenApi {
    for (path, item) in &mut document.paths.paths {
        for (_, operation) in operations(item) {
            problems(operation);
            let requirement = if path.ends_with("/readings") {
                vec![SecurityRequirement::new("device", Vec::<String>::new())]
            } else if open_to_all(path, operation) {
                Vec::new()
            } else {
                vec![SecurityRequirement::new("session", Vec::<String>::new())]
            };
            operation.security = Some(requirement);
        }
    }
    let components = document.components.get_or_insert_with(Default::default);
    let session = ApiKeyValue::with_description(
        crate::who::COOKIE,
        "given by POST /session; unsafe requests also carry the header X-Linli-Csrf",
    );
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    let device = HttpBuilder::new().scheme(HttpAuthScheme::Basic).build();
    components.add_security_scheme("device", SecurityScheme::Http(device));
    document
}

/// The operations nobody has to be signed in for.
pub(crate) fn open_to_all(path: &str, operation: &Operation) -> bool {
    let id = operation.operation_id.as_deref().unwrap_or_default();
    path.contains("/public/") || matches!(id, "getSession" | "signIn" | "setUpAdministrator")
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, item.get.as_mut()),
        (HttpMethod::Post, item.post.as_mut()),
        (HttpMethod::Put, item.put.as_mut()),
        (HttpMethod::Patch, item.patch.as_mut()),
        (HttpMethod::Delete, item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation?)))
}

fn problems(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let failed = status.starts_with('4') || status.starts_with('5');
        if let RefOr::T(Response { content, .. }) = response
            && failed
            && let Some(body) = content.shift_remove("application/json")
        {
            content.insert(PROBLEM.to_owned(), body);
        }
    }
    let any = ResponseBuilder::new()
        .description("Not done; the code and the sentence say why")
        .content(PROBLEM, Content::new(Some(Ref::from_schema_name("Problem"))))
        .build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(any));
}
