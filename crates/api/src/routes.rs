//! All endpoints, by class of load; the router and the OpenAPI document come from one list.

use crate::{
    access::App,
    admissions, alarms, certificates, claims, corrections, counts, evidence, fhir, finish, grants,
    load::{self, Class},
    measures, oauth,
    options::ApiOptions,
    persons, places, programme, residents, rulebook, schema, system, tasks, tree, tubes,
    verifications,
};
use axum::{Router, middleware, routing::get};
use hutong_node::Node;
use std::sync::Arc;
use utoipa::openapi::{
    Components, ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder,
    security::{Http, HttpAuthScheme, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Endpoints that anyone may use: method and path. A test holds every other one to a 401.
pub const PUBLIC: &[(&str, &str)] = &[
    ("POST", "/oauth/token"),
    ("GET", "/.well-known/smart-configuration"),
    ("GET", "/fhir/.well-known/smart-configuration"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/fhir/metadata"),
    ("POST", "/v1/sign-ins"),
    ("POST", "/v1/sessions"),
    ("GET", "/v1/trust-list"),
    ("GET", "/v1/events"),
    ("GET", "/v1/rule-packs"),
    ("GET", "/v1/variations"),
    ("GET", "/v1/areas"),
    ("GET", "/v1/programme-packs"),
    ("GET", "/v1/ledger"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/docs/app.js"),
    ("GET", "/docs/style.css"),
];

/// The interface of a node.
pub fn router(node: Arc<Node>, options: ApiOptions) -> Router {
    let document = openapi();
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    let app = App::new(node, options, text.into());
    let mut router = Router::new().merge(Router::from(ungated()));
    for (class, group) in groups() {
        let gate = middleware::from_fn_with_state((app.clone(), class), load::gate);
        router = router.merge(Router::from(group).route_layer(gate));
    }
    let gate = middleware::from_fn_with_state((app.clone(), Class::Decoration), load::gate);
    let files = Router::new().route("/ledger/{*path}", get(system::ledger::file));
    router = router.merge(files.route_layer(gate));
    router.layer(middleware::from_fn_with_state(app.clone(), finish::finish)).with_state(app)
}

/// The interface as an OpenAPI document.
pub fn openapi() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Hutong node")
        .description(Some(
            "Regions recognise each other's health codes and read each other's vaccination and \
             test records. Errors are RFC 9457 problem details, or OperationOutcomes below /fhir.",
        ))
        .version(env!("CARGO_PKG_VERSION"))
        .contact(Some(ContactBuilder::new().name(Some("The operator of the node")).build()))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").build()))
        .build();
    let bearer = |text: &str| {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some(text.to_owned());
        SecurityScheme::Http(scheme)
    };
    let mut components = Components::new();
    components.schemas.extend(schema::components());
    components
        .add_security_scheme("member", bearer("An access token of a member: POST /oauth/token"));
    components.add_security_scheme(
        "resident",
        bearer("A session token of a resident: POST /v1/sign-ins, POST /v1/sessions"),
    );
    let start = OpenApiBuilder::new().info(info).components(Some(components)).build();
    let mut all = OpenApiRouter::<App>::with_openapi(start).merge(ungated());
    for (_, group) in groups() {
        all = all.merge(group);
    }
    all.into_openapi()
}

/// What must answer whatever the load.
fn ungated() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(system::health::healthz))
        .routes(routes!(system::health::readyz))
        .routes(routes!(system::metrics::metrics))
}

fn groups() -> Vec<(Class, OpenApiRouter<App>)> {
    vec![
        (Class::Verify, verify_and_show()),
        (Class::Read, read()),
        (Class::Node, node()),
        (Class::Feed, OpenApiRouter::default().routes(routes!(tree::feed::node_feed))),
        (Class::Admit, admit()),
        (Class::Stream, OpenApiRouter::default().routes(routes!(admissions::post::admissions))),
        (Class::Decoration, decoration()),
    ]
}

fn verify_and_show() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(oauth::token::token))
        .routes(routes!(verifications::post::verify))
        .routes(routes!(system::trust_list::trust_list))
        .routes(routes!(residents::sign_ins::sign_in))
        .routes(routes!(residents::sessions::create_session, residents::sessions::end_session))
        .routes(routes!(residents::codes::make_code))
        .routes(routes!(residents::devices::register_device, residents::devices::devices))
        .routes(routes!(residents::devices::revoke_device))
        .routes(routes!(residents::health_information::health_information))
        .routes(routes!(residents::notices::notices))
}

fn read() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(fhir::search::immunizations))
        .routes(routes!(fhir::search::observations))
        .routes(routes!(fhir::read::read_immunization))
        .routes(routes!(fhir::read::read_observation))
        .routes(routes!(fhir::patient::find_patient))
        .routes(routes!(fhir::patient::read_patient))
        .routes(routes!(fhir::everything::everything))
        .routes(routes!(fhir::due::recommendations))
        .routes(routes!(fhir::due::evaluations))
        .routes(routes!(fhir::forecast::immds_forecast))
        .routes(routes!(persons::history::history))
        .routes(routes!(programme::person::person_programme))
        .routes(routes!(programme::own::own_programme))
        .routes(routes!(programme::calendar::own_calendar))
        .routes(routes!(programme::entry::check_entry))
        .routes(routes!(counts::counts))
        .routes(routes!(tubes::read::tube))
        .routes(routes!(tasks::list::tasks, tasks::file::file_task))
        .routes(routes!(tasks::counts::task_counts))
        .routes(routes!(tasks::open::open_task))
        .routes(routes!(tasks::acknowledge::acknowledge_task))
        .routes(routes!(tasks::complete::complete_task))
        .routes(routes!(alarms::list::alarms))
        .routes(routes!(alarms::close::close_alarm))
        .routes(routes!(grants::presentations::grant_by_presentation))
        .routes(routes!(grants::applications::apply_to_call))
        .routes(routes!(grants::applications::approve_call))
        .routes(routes!(residents::me::me))
        .routes(routes!(residents::records::records))
        .routes(routes!(residents::notices::decisions))
        .routes(routes!(residents::tasks::own_tasks))
        .routes(routes!(certificates::issue::issue))
        .routes(routes!(certificates::voucher::print_voucher))
        .routes(routes!(residents::vouchers::own_voucher))
        .routes(routes!(residents::certificates::own_certificates))
}

fn node() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(tree::entries::node_entries))
        .routes(routes!(tree::entries::node_position))
        .routes(routes!(tree::asks::node_history))
        .routes(routes!(tree::asks::node_accesses))
        .routes(routes!(tree::asks::node_standing))
        .routes(routes!(tree::reconcile::node_digests))
        .routes(routes!(tree::reconcile::node_day))
        .routes(routes!(tree::trust::node_recognise))
        .routes(routes!(tree::trust::node_keys))
        .routes(routes!(tree::trust::node_trust_file))
        .routes(routes!(tree::tasks::node_tasks))
        .routes(routes!(rulebook::filings::node_filing))
}

fn admit() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(fhir::bundle::send_bundle))
        .routes(routes!(fhir::create::create_patient))
        .routes(routes!(fhir::create::create_immunization))
        .routes(routes!(fhir::create::create_observation))
        .routes(routes!(fhir::create::create_report))
        .routes(routes!(fhir::update::update_patient))
        .routes(routes!(fhir::update::update_immunization))
        .routes(routes!(fhir::update::update_observation))
        .routes(routes!(fhir::update::update_report))
        .routes(routes!(corrections::answer::answer_correction))
        .routes(routes!(claims::present::present, claims::list::list))
        .routes(routes!(claims::answer::answer))
        .routes(routes!(persons::documents::link_document, persons::documents::unlink_document))
        .routes(routes!(persons::links::link_persons))
        .routes(routes!(evidence::post::evidence))
        .routes(routes!(measures::order))
        .routes(routes!(measures::orders))
        .routes(routes!(measures::answer_order))
        .routes(routes!(rulebook::filings::file))
        .routes(routes!(rulebook::packs::approve_pack))
        .routes(routes!(residents::declarations::declare_health))
        .routes(routes!(residents::declarations::declare_trip))
        .routes(routes!(residents::check_ins::check_in, residents::check_ins::check_ins))
        .routes(routes!(places::register::register_place, places::list::places))
        .routes(routes!(places::code::place_code))
        .routes(routes!(residents::correction_requests::request_correction))
        .routes(routes!(residents::claims::present_own, residents::claims::own_claims))
}

fn decoration() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(oauth::smart_configuration::smart_configuration))
        .routes(routes!(fhir::metadata::fhir_smart_configuration))
        .routes(routes!(fhir::metadata::metadata))
        .routes(routes!(certificates::jwks::jwks))
        .routes(routes!(system::ledger::ledger))
        .routes(routes!(rulebook::events::events))
        .routes(routes!(rulebook::areas::areas))
        .routes(routes!(rulebook::variations::variations))
        .routes(routes!(programme::packs::programme_packs))
        .routes(routes!(rulebook::packs::rule_packs, rulebook::packs::propose_pack))
        .routes(routes!(rulebook::packs::proposals))
        .routes(routes!(fhir::bulk::export))
        .routes(routes!(fhir::bulk::export_patients))
        .routes(routes!(fhir::bulk::export_status, fhir::bulk::delete_export))
        .routes(routes!(fhir::bulk::export_file))
        .routes(routes!(corrections::list::correction_requests))
        .routes(routes!(residents::accesses::accesses))
        .routes(routes!(residents::grants::grants))
        .routes(routes!(residents::grants::revoke_grant))
        .routes(routes!(system::openapi::openapi_json))
        .routes(routes!(system::docs::docs))
        .routes(routes!(system::docs::docs_script))
        .routes(routes!(system::docs::docs_style))
}
