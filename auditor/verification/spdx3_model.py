"""The model of SPDX 3.0.1 as a table: classes with their properties, and the words of each vocabulary.

Source: https://spdx.org/rdf/3.0.1/spdx-model.ttl (names, ranges, counts and patterns of its shapes). 3.1 would be a second table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
TERMS = "https://spdx.org/rdf/3.0.1/terms/"
INDIVIDUALS = {
    "NoAssertionElement": "IndividualElement",
    "NoneElement": "IndividualElement",
    "SpdxOrganization": "Organization",
    "expandedlicensing_NoAssertionLicense": "expandedlicensing_IndividualLicensingInfo",
    "expandedlicensing_NoneLicense": "expandedlicensing_IndividualLicensingInfo",
}
"""The elements that the model itself defines, and their classes: by these terms, or by their full addresses."""

_CLASSES = """
Element abstract: comment text; creationInfo! CreationInfo; description text; extension* extension_Extension; externalIdentifier*
    ExternalIdentifier; externalRef* ExternalRef; name text; summary text; verifiedUsing* IntegrityMethod
Agent(Element):
Annotation(Element): annotationType! =annotationType; contentType media; statement text; subject! Element
Artifact(Element) abstract: builtTime time; originatedBy* Agent; releaseTime time; standardName* text; suppliedBy Agent;
    supportLevel* =supportLevel; validUntilTime time
ElementCollection(Element) abstract: element* Element; profileConformance* =profileConformance; rootElement* Element
Bundle(ElementCollection): context text
Bom(Bundle):
CreationInfo: comment text; created! time; createdBy+ Agent; createdUsing* Tool; specVersion! semver
DictionaryEntry: key! text; value text
ExternalIdentifier: comment text; externalIdentifierType! =externalIdentifierType; identifier! text; identifierLocator* uri;
    issuingAuthority text
ExternalMap: definingArtifact Artifact; externalSpdxId! uri; locationHint uri; verifiedUsing* IntegrityMethod
ExternalRef: comment text; contentType media; externalRefType =externalRefType; locator* text
IntegrityMethod abstract: comment text
Hash(IntegrityMethod): algorithm! =hashAlgorithm; hashValue! text
IndividualElement(Element):
Relationship(Element): completeness =completeness; endTime time; from! Element; relationshipType! =relationshipType; startTime
    time; to+ Element
LifecycleScopedRelationship(Relationship): scope =scope
NamespaceMap: namespace! uri; prefix! text
Organization(Agent):
PackageVerificationCode(IntegrityMethod): algorithm! =hashAlgorithm; hashValue! text; packageVerificationCodeExcludedFile* text
Person(Agent):
PositiveIntegerRange: beginIntegerRange! positive; endIntegerRange! positive
SoftwareAgent(Agent):
SpdxDocument(ElementCollection): dataLicense simplelicensing_AnyLicenseInfo; import* ExternalMap; namespaceMap* NamespaceMap
Tool(Element):
software_SoftwareArtifact(Artifact) abstract: software_additionalPurpose* =purpose; software_attributionText* text;
    software_contentIdentifier* software_ContentIdentifier; software_copyrightText text; software_primaryPurpose
    =purpose
software_Package(software_SoftwareArtifact): software_downloadLocation uri; software_homePage uri; software_packageUrl uri;
    software_packageVersion text; software_sourceInfo text
ai_AIPackage(software_Package): ai_autonomyType =presence; ai_domain* text; ai_energyConsumption ai_EnergyConsumption;
    ai_hyperparameter* DictionaryEntry; ai_informationAboutApplication text; ai_informationAboutTraining text; ai_limitation text;
    ai_metric* DictionaryEntry; ai_metricDecisionThreshold* DictionaryEntry; ai_modelDataPreprocessing* text;
    ai_modelExplainability* text; ai_safetyRiskAssessment =safetyRiskAssessment; ai_standardCompliance* text; ai_typeOfModel*
    text; ai_useSensitivePersonalInformation =presence
ai_EnergyConsumption: ai_finetuningEnergyConsumption* ai_EnergyConsumptionDescription; ai_inferenceEnergyConsumption*
    ai_EnergyConsumptionDescription; ai_trainingEnergyConsumption* ai_EnergyConsumptionDescription
ai_EnergyConsumptionDescription: ai_energyQuantity! decimal; ai_energyUnit! =energyUnit
build_Build(Element): build_buildEndTime time; build_buildId text; build_buildStartTime time; build_buildType! uri;
    build_configSourceDigest* Hash; build_configSourceEntrypoint* text; build_configSourceUri* uri; build_environment*
    DictionaryEntry; build_parameter* DictionaryEntry
dataset_DatasetPackage(software_Package): dataset_anonymizationMethodUsed* text; dataset_confidentialityLevel
    =confidentialityLevel; dataset_dataCollectionProcess text; dataset_dataPreprocessing* text; dataset_datasetAvailability
    =datasetAvailability; dataset_datasetNoise text; dataset_datasetSize count; dataset_datasetType+ =datasetType;
    dataset_datasetUpdateMechanism text; dataset_hasSensitivePersonalInformation =presence; dataset_intendedUse text;
    dataset_knownBias* text; dataset_sensor* DictionaryEntry
simplelicensing_AnyLicenseInfo(Element) abstract:
expandedlicensing_ConjunctiveLicenseSet(simplelicensing_AnyLicenseInfo): expandedlicensing_member++ simplelicensing_AnyLicenseInfo
expandedlicensing_ExtendableLicense(simplelicensing_AnyLicenseInfo) abstract:
expandedlicensing_License(expandedlicensing_ExtendableLicense) abstract: expandedlicensing_isDeprecatedLicenseId boolean;
    expandedlicensing_isFsfLibre boolean; expandedlicensing_isOsiApproved boolean; expandedlicensing_licenseXml text;
    expandedlicensing_obsoletedBy text; expandedlicensing_seeAlso* uri; expandedlicensing_standardLicenseHeader text;
    expandedlicensing_standardLicenseTemplate text; simplelicensing_licenseText! text
expandedlicensing_CustomLicense(expandedlicensing_License):
expandedlicensing_LicenseAddition(Element) abstract: expandedlicensing_additionText! text;
    expandedlicensing_isDeprecatedAdditionId boolean; expandedlicensing_licenseXml text; expandedlicensing_obsoletedBy text;
    expandedlicensing_seeAlso* uri; expandedlicensing_standardAdditionTemplate text
expandedlicensing_CustomLicenseAddition(expandedlicensing_LicenseAddition):
expandedlicensing_DisjunctiveLicenseSet(simplelicensing_AnyLicenseInfo): expandedlicensing_member++ simplelicensing_AnyLicenseInfo
expandedlicensing_IndividualLicensingInfo(simplelicensing_AnyLicenseInfo):
expandedlicensing_ListedLicense(expandedlicensing_License): expandedlicensing_deprecatedVersion text;
    expandedlicensing_listVersionAdded text
expandedlicensing_ListedLicenseException(expandedlicensing_LicenseAddition): expandedlicensing_deprecatedVersion text;
    expandedlicensing_listVersionAdded text
expandedlicensing_OrLaterOperator(expandedlicensing_ExtendableLicense): expandedlicensing_subjectLicense!
    expandedlicensing_License
expandedlicensing_WithAdditionOperator(simplelicensing_AnyLicenseInfo): expandedlicensing_subjectAddition!
    expandedlicensing_LicenseAddition; expandedlicensing_subjectExtendableLicense! expandedlicensing_ExtendableLicense
extension_Extension:
extension_CdxPropertiesExtension(extension_Extension): extension_cdxProperty+ extension_CdxPropertyEntry
extension_CdxPropertyEntry: extension_cdxPropName! text; extension_cdxPropValue text
security_VulnAssessmentRelationship(Relationship) abstract: security_assessedElement software_SoftwareArtifact;
    security_modifiedTime time; security_publishedTime time; security_withdrawnTime time; suppliedBy Agent
security_CvssV2VulnAssessmentRelationship(security_VulnAssessmentRelationship): security_score! decimal; security_vectorString!
    text
security_CvssV3VulnAssessmentRelationship(security_VulnAssessmentRelationship): security_score! decimal; security_severity!
    =severity; security_vectorString! text
security_CvssV4VulnAssessmentRelationship(security_VulnAssessmentRelationship): security_score! decimal; security_severity!
    =severity; security_vectorString! text
security_EpssVulnAssessmentRelationship(security_VulnAssessmentRelationship): security_percentile! decimal; security_probability!
    decimal
security_ExploitCatalogVulnAssessmentRelationship(security_VulnAssessmentRelationship): security_catalogType! =catalogType;
    security_exploited! boolean; security_locator! uri
security_SsvcVulnAssessmentRelationship(security_VulnAssessmentRelationship): security_decisionType! =decisionType
security_VexVulnAssessmentRelationship(security_VulnAssessmentRelationship) abstract: security_statusNotes text;
    security_vexVersion text
security_VexAffectedVulnAssessmentRelationship(security_VexVulnAssessmentRelationship): security_actionStatement! text;
    security_actionStatementTime time
security_VexFixedVulnAssessmentRelationship(security_VexVulnAssessmentRelationship):
security_VexNotAffectedVulnAssessmentRelationship(security_VexVulnAssessmentRelationship): security_impactStatement text;
    security_impactStatementTime time; security_justificationType =justificationType
security_VexUnderInvestigationVulnAssessmentRelationship(security_VexVulnAssessmentRelationship):
security_Vulnerability(Artifact): security_modifiedTime time; security_publishedTime time; security_withdrawnTime time
simplelicensing_LicenseExpression(simplelicensing_AnyLicenseInfo): simplelicensing_customIdToUri* DictionaryEntry;
    simplelicensing_licenseExpression! text; simplelicensing_licenseListVersion semver
simplelicensing_SimpleLicensingText(Element): simplelicensing_licenseText! text
software_ContentIdentifier(IntegrityMethod): software_contentIdentifierType! =contentIdentifierType;
    software_contentIdentifierValue! uri
software_File(software_SoftwareArtifact): contentType media; software_fileKind =fileKind
software_Sbom(Bom): software_sbomType* =sbomType
software_Snippet(software_SoftwareArtifact): software_byteRange PositiveIntegerRange; software_lineRange PositiveIntegerRange;
    software_snippetFromFile! software_File
"""
"""A line a class: Name(Parent), then its properties. ! is exactly one, + one or more, ++ two or more, * any number, else none or one.
What follows is a kind of value, a class (an element, or where one stands), or = and a vocabulary."""

_VOCABULARIES = """
purpose: application archive bom configuration container data device deviceDriver diskImage documentation evidence
    executable file filesystemImage firmware framework install library manifest model module operatingSystem other patch platform
    requirement source specification test
hashAlgorithm: adler32 blake2b256 blake2b384 blake2b512 blake3 crystalsDilithium crystalsKyber falcon md2 md4 md5 md6 other sha1
    sha224 sha256 sha384 sha3_224 sha3_256 sha3_384 sha3_512 sha512
annotationType: other review
presence: no noAssertion yes
catalogType: kev other
completeness: complete incomplete noAssertion
confidentialityLevel: amber clear green red
contentIdentifierType: gitoid swhid
datasetAvailability: clickthrough directDownload query registration scrapingScript
datasetType: audio categorical graph image noAssertion numeric other sensor structured syntactic text timeseries timestamp video
decisionType: act attend track trackStar
energyUnit: kilowattHour megajoule other
externalIdentifierType: cpe22 cpe23 cve email gitoid other packageUrl securityOther swhid swid urlScheme
externalRefType: altDownloadLocation altWebPage binaryArtifact bower buildMeta buildSystem certificationReport chat
    componentAnalysisReport cwe documentation dynamicAnalysisReport eolNotice exportControlAssessment funding issueTracker license
    mailingList mavenCentral metrics npm nuget other privacyAssessment productMetadata purchaseOrder qualityAssessmentReport
    releaseHistory releaseNotes riskAssessment runtimeAnalysisReport secureSoftwareAttestation securityAdversaryModel
    securityAdvisory securityFix securityOther securityPenTestReport securityPolicy securityThreatModel socialMedia sourceArtifact
    staticAnalysisReport support vcs vulnerabilityDisclosureReport vulnerabilityExploitabilityAssessment
fileKind: directory file
justificationType: componentNotPresent inlineMitigationsAlreadyExist vulnerableCodeCannotBeControlledByAdversary
    vulnerableCodeNotInExecutePath vulnerableCodeNotPresent
profileConformance: ai build core dataset expandedLicensing extension lite security simpleLicensing software
relationshipType: affects amendedBy ancestorOf availableFrom configures contains coordinatedBy copiedTo delegatedTo dependsOn
    descendantOf describes doesNotAffect expandsTo exploitCreatedBy fixedBy fixedIn foundBy generates hasAddedFile
    hasAssessmentFor hasAssociatedVulnerability hasConcludedLicense hasDataFile hasDeclaredLicense hasDeletedFile
    hasDependencyManifest hasDistributionArtifact hasDocumentation hasDynamicLink hasEvidence hasExample hasHost hasInput
    hasMetadata hasOptionalComponent hasOptionalDependency hasOutput hasPrerequisite hasProvidedDependency hasRequirement
    hasSpecification hasStaticLink hasTest hasTestCase hasVariant invokedBy modifiedBy other packagedBy patchedBy publishedBy
    reportedBy republishedBy serializedInArtifact testedOn trainedOn underInvestigationFor usesTool
safetyRiskAssessment: high low medium serious
sbomType: analyzed build deployed design runtime source
scope: build design development other runtime test
severity: critical high low medium none
supportLevel: deployed development endOfSupport limitedSupport noAssertion noSupport support
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """How often a property stands (`least` times or more, once at most unless `many`), and its kind: a word, a class or a vocabulary."""

    kind: str
    least: int
    many: bool
    words: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """A class: what it is a kind of (itself too), its properties with those of its parents, and whether there are instances of it."""

    name: str
    kinds: frozenset[str]
    properties: Mapping[str, Property]
    abstract: bool


@cache
def vocabularies() -> Mapping[str, frozenset[str]]:
    """The words of each vocabulary."""
    return {name: frozenset(words.split()) for name, _, words in (line.partition(":") for line in _lines(_VOCABULARIES))}


@cache
def classes() -> Mapping[str, Class]:
    """The classes by name."""
    found: dict[str, Class] = {}
    for line in _lines(_CLASSES):
        head, _, body = line.partition(":")
        name, parent = re.fullmatch(r"(\w+)(?:\((\w+)\))?(?: abstract)?", head).groups()  # type: ignore[union-attr]
        above = found.get(parent)
        own = dict(_property(each) for each in body.split(";") if each.strip())
        found[name] = Class(
            name=name,
            kinds=(above.kinds if above else frozenset()) | {name},
            properties={**(above.properties if above else {}), **own},
            abstract=head.endswith(" abstract"),
        )
    return found


def _property(text: str) -> tuple[str, Property]:
    written, kind = text.split()
    name = written.rstrip("!+*")
    mark = written[len(name) :]
    words = vocabularies()[kind[1:]] if kind.startswith("=") else None
    return name, Property(kind=kind, least={"": 0, "*": 0, "!": 1, "+": 1, "++": 2}[mark], many=mark in {"*", "+", "++"}, words=words)


def _lines(table: str) -> list[str]:
    """The lines of a table, those that begin with blanks joined to the one before."""
    return table.strip().replace("\n    ", " ").split("\n")
