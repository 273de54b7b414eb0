/* The part of libclang's stable C API that cppls uses, declared in our own words.
 *
 * The wheel that brings libclang ships no headers. Layouts and numbers below are part of libclang's
 * ABI and have not changed since they were added; api.c checks the version when it loads the library.
 * CPPLS_LIBCLANG names every function once; api.h makes a table of pointers of it.
 */
#ifndef CPPLS_LIBCLANG_H
#define CPPLS_LIBCLANG_H

#include <stddef.h>

typedef void *CXIndex;
typedef void *CXIndexAction;
typedef void *CXFile;
typedef void *CXDiagnostic;
typedef void *CXDiagnosticSet;
typedef void *CXClientData;
typedef void *CXEvalResult;
typedef void *CXPrintingPolicy;
typedef struct CXTranslationUnitImpl *CXTranslationUnit;
typedef struct { int kind; unsigned long amount; } CXTUResourceUsageEntry;
typedef struct { void *data; unsigned numEntries; CXTUResourceUsageEntry *entries; } CXTUResourceUsage;

typedef struct { const void *data; unsigned private_flags; } CXString;
typedef struct { CXString *Strings; unsigned Count; } CXStringSet;
typedef struct { const void *ptr_data[2]; unsigned int_data; } CXSourceLocation;
typedef struct { const void *ptr_data[2]; unsigned begin_int_data, end_int_data; } CXSourceRange;
typedef struct { unsigned count; CXSourceRange *ranges; } CXSourceRangeList;
typedef struct { unsigned long long data[3]; } CXFileUniqueID; /* device, inode, time in seconds */
typedef struct { const char *Filename, *Contents; unsigned long Length; } CXUnsavedFile;
typedef struct { int Major, Minor, Subminor; } CXVersion;

enum CXErrorCode {
    CXError_Success = 0,
    CXError_Failure = 1,
    CXError_Crashed = 2,
    CXError_InvalidArguments = 3,
    CXError_ASTReadError = 4
};

/* Cursors --------------------------------------------------------------------------------------- */

enum CXCursorKind {
    CXCursor_UnexposedDecl = 1,
    CXCursor_StructDecl = 2,
    CXCursor_UnionDecl = 3,
    CXCursor_ClassDecl = 4,
    CXCursor_EnumDecl = 5,
    CXCursor_FieldDecl = 6,
    CXCursor_EnumConstantDecl = 7,
    CXCursor_FunctionDecl = 8,
    CXCursor_VarDecl = 9,
    CXCursor_ParmDecl = 10,
    CXCursor_ObjCInterfaceDecl = 11,
    CXCursor_ObjCCategoryDecl = 12,
    CXCursor_ObjCProtocolDecl = 13,
    CXCursor_ObjCPropertyDecl = 14,
    CXCursor_ObjCIvarDecl = 15,
    CXCursor_ObjCInstanceMethodDecl = 16,
    CXCursor_ObjCClassMethodDecl = 17,
    CXCursor_ObjCImplementationDecl = 18,
    CXCursor_ObjCCategoryImplDecl = 19,
    CXCursor_TypedefDecl = 20,
    CXCursor_CXXMethod = 21,
    CXCursor_Namespace = 22,
    CXCursor_LinkageSpec = 23,
    CXCursor_Constructor = 24,
    CXCursor_Destructor = 25,
    CXCursor_ConversionFunction = 26,
    CXCursor_TemplateTypeParameter = 27,
    CXCursor_NonTypeTemplateParameter = 28,
    CXCursor_TemplateTemplateParameter = 29,
    CXCursor_FunctionTemplate = 30,
    CXCursor_ClassTemplate = 31,
    CXCursor_ClassTemplatePartialSpecialization = 32,
    CXCursor_NamespaceAlias = 33,
    CXCursor_UsingDirective = 34,
    CXCursor_UsingDeclaration = 35,
    CXCursor_TypeAliasDecl = 36,
    CXCursor_ObjCSynthesizeDecl = 37,
    CXCursor_ObjCDynamicDecl = 38,
    CXCursor_CXXAccessSpecifier = 39,
    CXCursor_FirstRef = 40,
    CXCursor_TypeRef = 43,
    CXCursor_CXXBaseSpecifier = 44,
    CXCursor_TemplateRef = 45,
    CXCursor_NamespaceRef = 46,
    CXCursor_MemberRef = 47,
    CXCursor_LabelRef = 48,
    CXCursor_OverloadedDeclRef = 49,
    CXCursor_VariableRef = 50,
    CXCursor_LastRef = 50,
    CXCursor_FirstInvalid = 70,
    CXCursor_LastInvalid = 73,
    CXCursor_UnexposedExpr = 100,
    CXCursor_DeclRefExpr = 101,
    CXCursor_MemberRefExpr = 102,
    CXCursor_CallExpr = 103,
    CXCursor_ObjCMessageExpr = 104,
    CXCursor_IntegerLiteral = 106,
    CXCursor_CharacterLiteral = 110,
    CXCursor_ParenExpr = 111,
    CXCursor_UnaryOperator = 112,
    CXCursor_ArraySubscriptExpr = 113,
    CXCursor_BinaryOperator = 114,
    CXCursor_CompoundAssignOperator = 115,
    CXCursor_ConditionalOperator = 116,
    CXCursor_InitListExpr = 119,
    CXCursor_CXXThisExpr = 132,
    CXCursor_CXXNewExpr = 134,
    CXCursor_CXXDeleteExpr = 135,
    CXCursor_LambdaExpr = 144,
    CXCursor_LastExpr = 156,
    CXCursor_LabelStmt = 201,
    CXCursor_CompoundStmt = 202,
    CXCursor_CaseStmt = 203,
    CXCursor_DefaultStmt = 204,
    CXCursor_IfStmt = 205,
    CXCursor_SwitchStmt = 206,
    CXCursor_WhileStmt = 207,
    CXCursor_DoStmt = 208,
    CXCursor_ForStmt = 209,
    CXCursor_CXXForRangeStmt = 225,
    CXCursor_GotoStmt = 210,
    CXCursor_IndirectGotoStmt = 211,
    CXCursor_ContinueStmt = 212,
    CXCursor_BreakStmt = 213,
    CXCursor_ReturnStmt = 214,
    CXCursor_DeclStmt = 231,
    CXCursor_TranslationUnit = 350,
    CXCursor_CXXFinalAttr = 404,
    CXCursor_CXXOverrideAttr = 405,
    CXCursor_PreprocessingDirective = 500,
    CXCursor_MacroDefinition = 501,
    CXCursor_MacroExpansion = 502,
    CXCursor_InclusionDirective = 503,
    CXCursor_TypeAliasTemplateDecl = 601,
    CXCursor_StaticAssert = 602,
    CXCursor_FriendDecl = 603,
    CXCursor_ConceptDecl = 604,
    CXCursor_OverloadCandidate = 700
};

typedef struct { enum CXCursorKind kind; int xdata; const void *data[3]; } CXCursor;

enum CXChildVisitResult { CXChildVisit_Break, CXChildVisit_Continue, CXChildVisit_Recurse };
typedef enum CXChildVisitResult (*CXCursorVisitor)(CXCursor, CXCursor parent, CXClientData);
enum CXVisitorResult { CXVisit_Break = 0, CXVisit_Continue = 1 };
typedef enum CXVisitorResult (*CXFieldVisitor)(CXCursor, CXClientData);

enum CXLinkageKind {
    CXLinkage_Invalid,
    CXLinkage_NoLinkage,
    CXLinkage_Internal,
    CXLinkage_UniqueExternal, /* in an unnamed namespace */
    CXLinkage_External
};
enum CXAvailabilityKind {
    CXAvailability_Available,
    CXAvailability_Deprecated,
    CXAvailability_NotAvailable,
    CXAvailability_NotAccessible
};
enum CX_StorageClass { CX_SC_Invalid, CX_SC_None, CX_SC_Extern, CX_SC_Static };
enum CX_CXXAccessSpecifier { CX_CXXInvalidAccess, CX_CXXPublic, CX_CXXProtected, CX_CXXPrivate };

/* Types ----------------------------------------------------------------------------------------- */

enum CXTypeKind {
    CXType_Invalid = 0,
    CXType_Unexposed = 1,
    CXType_Void = 2,
    CXType_Bool = 3,
    CXType_NullPtr = 24,
    CXType_Dependent = 26,
    CXType_Float128 = 30,
    CXType_Float16 = 32,
    CXType_Pointer = 101,
    CXType_LValueReference = 103,
    CXType_RValueReference = 104,
    CXType_Record = 105,
    CXType_Enum = 106,
    CXType_Typedef = 107,
    CXType_ObjCObjectPointer = 109,
    CXType_FunctionNoProto = 110,
    CXType_FunctionProto = 111,
    CXType_ConstantArray = 112,
    CXType_Vector = 113,
    CXType_IncompleteArray = 114,
    CXType_VariableArray = 115,
    CXType_DependentSizedArray = 116,
    CXType_MemberPointer = 117,
    CXType_Auto = 118,
    CXType_Elaborated = 119
};
typedef struct { enum CXTypeKind kind; void *data[2]; } CXType;

enum CXEvalResultKind {
    CXEval_UnExposed = 0,
    CXEval_Int = 1,
    CXEval_Float = 2,
    CXEval_ObjCStrLiteral = 3,
    CXEval_StrLiteral = 4,
    CXEval_CFStr = 5,
    CXEval_Other = 6
};

enum CXPrintingPolicyProperty {
    CXPrintingPolicy_Indentation = 0,
    CXPrintingPolicy_SuppressSpecifiers = 1,
    CXPrintingPolicy_IncludeTagDefinition = 3,
    CXPrintingPolicy_SuppressScope = 4,
    CXPrintingPolicy_AnonymousTagLocations = 8,
    CXPrintingPolicy_TerseOutput = 17,
    CXPrintingPolicy_PolishForDeclaration = 18,
    CXPrintingPolicy_IncludeNewlines = 21,
    CXPrintingPolicy_FullyQualifiedName = 25
};

/* Tokens, diagnostics --------------------------------------------------------------------------- */

enum CXTokenKind {
    CXToken_Punctuation,
    CXToken_Keyword,
    CXToken_Identifier,
    CXToken_Literal,
    CXToken_Comment
};
typedef struct { unsigned int_data[4]; void *ptr_data; } CXToken;

enum CXDiagnosticSeverity {
    CXDiagnostic_Ignored,
    CXDiagnostic_Note,
    CXDiagnostic_Warning,
    CXDiagnostic_Error,
    CXDiagnostic_Fatal
};

/* Translation units ----------------------------------------------------------------------------- */

enum CXTranslationUnit_Flags {
    CXTranslationUnit_DetailedPreprocessingRecord = 0x01,
    CXTranslationUnit_Incomplete = 0x02,
    CXTranslationUnit_PrecompiledPreamble = 0x04,
    CXTranslationUnit_CacheCompletionResults = 0x08,
    CXTranslationUnit_ForSerialization = 0x10,
    CXTranslationUnit_SkipFunctionBodies = 0x40,
    CXTranslationUnit_IncludeBriefCommentsInCodeCompletion = 0x80,
    CXTranslationUnit_CreatePreambleOnFirstParse = 0x100,
    CXTranslationUnit_KeepGoing = 0x200,
    CXTranslationUnit_SingleFileParse = 0x400,
    CXTranslationUnit_LimitSkipFunctionBodiesToPreamble = 0x800,
    CXTranslationUnit_IncludeAttributedTypes = 0x1000,
    CXTranslationUnit_VisitImplicitAttributes = 0x2000,
    CXTranslationUnit_IgnoreNonErrorsFromIncludedFiles = 0x4000,
    CXTranslationUnit_RetainExcludedConditionalBlocks = 0x8000
};

typedef struct {
    unsigned Size; /* of this struct: how libclang knows which version of it the caller has */
    unsigned char ThreadBackgroundPriorityForIndexing, ThreadBackgroundPriorityForEditing;
    unsigned ExcludeDeclarationsFromPCH : 1, DisplayDiagnostics : 1, StorePreamblesInMemory : 1, : 13;
    const char *PreambleStoragePath, *InvocationEmissionPath;
} CXIndexOptions;

typedef void (*CXInclusionVisitor)(CXFile, CXSourceLocation *stack, unsigned depth, CXClientData);

/* Completion ------------------------------------------------------------------------------------ */

typedef void *CXCompletionString;
typedef struct { enum CXCursorKind CursorKind; CXCompletionString CompletionString; } CXCompletionResult;
typedef struct { CXCompletionResult *Results; unsigned NumResults; } CXCodeCompleteResults;

enum CXCompletionChunkKind {
    CXCompletionChunk_Optional,
    CXCompletionChunk_TypedText,
    CXCompletionChunk_Text,
    CXCompletionChunk_Placeholder,
    CXCompletionChunk_Informative,
    CXCompletionChunk_CurrentParameter,
    CXCompletionChunk_LeftParen,
    CXCompletionChunk_RightParen,
    CXCompletionChunk_ResultType = 15,
    CXCompletionChunk_VerticalSpace = 20
};
enum CXCodeComplete_Flags {
    CXCodeComplete_IncludeMacros = 0x01,
    CXCodeComplete_IncludeCodePatterns = 0x02,
    CXCodeComplete_IncludeBriefComments = 0x04,
    CXCodeComplete_SkipPreamble = 0x08,
    CXCodeComplete_IncludeCompletionsWithFixIts = 0x10
};

/* Indexing -------------------------------------------------------------------------------------- */

typedef void *CXIdxClientFile;
typedef void *CXIdxClientEntity;
typedef void *CXIdxClientContainer;
typedef void *CXIdxClientASTFile;
typedef struct { void *ptr_data[2]; unsigned int_data; } CXIdxLoc;

enum CXIdxEntityKind { /* model.SymbolKind has the same numbers */
    CXIdxEntity_Unexposed = 0,
    CXIdxEntity_Typedef = 1,
    CXIdxEntity_Function = 2,
    CXIdxEntity_Variable = 3,
    CXIdxEntity_Field = 4,
    CXIdxEntity_EnumConstant = 5,
    CXIdxEntity_ObjCClass = 6,
    CXIdxEntity_ObjCProtocol = 7,
    CXIdxEntity_ObjCCategory = 8,
    CXIdxEntity_ObjCInstanceMethod = 9,
    CXIdxEntity_ObjCClassMethod = 10,
    CXIdxEntity_ObjCProperty = 11,
    CXIdxEntity_ObjCIvar = 12,
    CXIdxEntity_Enum = 13,
    CXIdxEntity_Struct = 14,
    CXIdxEntity_Union = 15,
    CXIdxEntity_CXXClass = 16,
    CXIdxEntity_CXXNamespace = 17,
    CXIdxEntity_CXXNamespaceAlias = 18,
    CXIdxEntity_CXXStaticVariable = 19,
    CXIdxEntity_CXXStaticMethod = 20,
    CXIdxEntity_CXXInstanceMethod = 21,
    CXIdxEntity_CXXConstructor = 22,
    CXIdxEntity_CXXDestructor = 23,
    CXIdxEntity_CXXConversionFunction = 24,
    CXIdxEntity_CXXTypeAlias = 25,
    CXIdxEntity_CXXInterface = 26,
    CXIdxEntity_CXXConcept = 27
};
enum CXIdxEntityCXXTemplateKind {
    CXIdxEntity_NonTemplate,
    CXIdxEntity_Template,
    CXIdxEntity_TemplatePartialSpecialization,
    CXIdxEntity_TemplateSpecialization
};
enum CXIdxObjCContainerKind {
    CXIdxObjCContainer_ForwardRef,
    CXIdxObjCContainer_Interface,
    CXIdxObjCContainer_Implementation
};

typedef struct CXIdxAttrInfo CXIdxAttrInfo;
typedef struct { CXCursor cursor; } CXIdxContainerInfo;
typedef struct {
    enum CXIdxEntityKind kind;
    enum CXIdxEntityCXXTemplateKind templateKind;
    int lang;
    const char *name, *USR;
    CXCursor cursor;
    const CXIdxAttrInfo *const *attributes;
    unsigned numAttributes;
} CXIdxEntityInfo;
typedef struct {
    const CXIdxEntityInfo *entityInfo;
    CXCursor cursor;
    CXIdxLoc loc;
    const CXIdxContainerInfo *semanticContainer, *lexicalContainer;
    int isRedeclaration, isDefinition, isContainer;
    const CXIdxContainerInfo *declAsContainer;
    int isImplicit;
    const CXIdxAttrInfo *const *attributes;
    unsigned numAttributes, flags;
} CXIdxDeclInfo;
typedef struct {
    const CXIdxEntityInfo *base;
    CXCursor cursor;
    CXIdxLoc loc;
} CXIdxBaseClassInfo;
typedef struct {
    const CXIdxDeclInfo *declInfo;
    const CXIdxBaseClassInfo *const *bases;
    unsigned numBases;
} CXIdxCXXClassDeclInfo;
typedef struct {
    const CXIdxDeclInfo *declInfo;
    enum CXIdxObjCContainerKind kind;
} CXIdxObjCContainerDeclInfo;
typedef struct {
    const CXIdxEntityInfo *protocol;
    CXCursor cursor;
    CXIdxLoc loc;
} CXIdxObjCProtocolRefInfo;
typedef struct {
    const CXIdxObjCProtocolRefInfo *const *protocols;
    unsigned numProtocols;
} CXIdxObjCProtocolRefListInfo;
typedef struct {
    const CXIdxObjCContainerDeclInfo *containerInfo;
    const CXIdxBaseClassInfo *superInfo;
    const CXIdxObjCProtocolRefListInfo *protocols;
} CXIdxObjCInterfaceDeclInfo;
typedef struct {
    int kind;
    CXCursor cursor;
    CXIdxLoc loc;
    const CXIdxEntityInfo *referencedEntity, *parentEntity;
    const CXIdxContainerInfo *container;
    unsigned role;
} CXIdxEntityRefInfo;
typedef struct {
    CXIdxLoc hashLoc;
    const char *filename;
    CXFile file;
    int isImport, isAngled, isModuleImport;
} CXIdxIncludedFileInfo;
typedef struct CXIdxImportedASTFileInfo CXIdxImportedASTFileInfo;

typedef struct {
    int (*abortQuery)(CXClientData, void *);
    void (*diagnostic)(CXClientData, CXDiagnosticSet, void *);
    CXIdxClientFile (*enteredMainFile)(CXClientData, CXFile, void *);
    CXIdxClientFile (*ppIncludedFile)(CXClientData, const CXIdxIncludedFileInfo *);
    CXIdxClientASTFile (*importedASTFile)(CXClientData, const CXIdxImportedASTFileInfo *);
    CXIdxClientContainer (*startedTranslationUnit)(CXClientData, void *);
    void (*indexDeclaration)(CXClientData, const CXIdxDeclInfo *);
    void (*indexEntityReference)(CXClientData, const CXIdxEntityRefInfo *);
} IndexerCallbacks;

enum CXIndexOptFlags {
    CXIndexOpt_SuppressRedundantRefs = 1,
    CXIndexOpt_IndexFunctionLocalSymbols = 2,
    CXIndexOpt_IndexImplicitTemplateInstantiations = 4,
    CXIndexOpt_SuppressWarnings = 8,
    CXIndexOpt_SkipParsedBodiesInSession = 16
};

/* The functions: F(result, name without "clang_", parameters) ------------------------------------ */

#define CPPLS_LIBCLANG(F)                                                                             \
    /* strings, library */                                                                            \
    F(const char *, getCString, (CXString))                                                           \
    F(void, disposeString, (CXString))                                                                \
    F(CXString, getClangVersion, (void))                                                              \
    F(void, free, (void *))                                                                           \
    /* files and places */                                                                            \
    F(CXString, getFileName, (CXFile))                                                                \
    F(CXString, File_tryGetRealPathName, (CXFile))                                                    \
    F(int, File_isEqual, (CXFile, CXFile))                                                            \
    F(int, getFileUniqueID, (CXFile, CXFileUniqueID *))                                               \
    F(CXFile, getFile, (CXTranslationUnit, const char *))                                             \
    F(const char *, getFileContents, (CXTranslationUnit, CXFile, size_t *))                           \
    F(CXSourceLocation, getLocation, (CXTranslationUnit, CXFile, unsigned, unsigned))                 \
    F(CXSourceLocation, getLocationForOffset, (CXTranslationUnit, CXFile, unsigned))                  \
    F(void, getFileLocation, (CXSourceLocation, CXFile *, unsigned *, unsigned *, unsigned *))        \
    F(void, getExpansionLocation, (CXSourceLocation, CXFile *, unsigned *, unsigned *, unsigned *))   \
    F(void, getSpellingLocation, (CXSourceLocation, CXFile *, unsigned *, unsigned *, unsigned *))    \
    F(int, Location_isFromMainFile, (CXSourceLocation))                                               \
    F(int, Location_isInSystemHeader, (CXSourceLocation))                                             \
    F(unsigned, equalLocations, (CXSourceLocation, CXSourceLocation))                                 \
    F(CXSourceRange, getRange, (CXSourceLocation, CXSourceLocation))                                  \
    F(CXSourceLocation, getRangeStart, (CXSourceRange))                                               \
    F(CXSourceLocation, getRangeEnd, (CXSourceRange))                                                 \
    F(int, Range_isNull, (CXSourceRange))                                                             \
    F(CXSourceRangeList *, getSkippedRanges, (CXTranslationUnit, CXFile))                             \
    F(CXSourceRangeList *, getAllSkippedRanges, (CXTranslationUnit))                                  \
    F(void, disposeSourceRangeList, (CXSourceRangeList *))                                            \
    F(void, getInclusions, (CXTranslationUnit, CXInclusionVisitor, CXClientData))                     \
    /* translation units */                                                                           \
    F(CXIndex, createIndex, (int, int))                                                               \
    F(CXIndex, createIndexWithOptions, (const CXIndexOptions *))                                      \
    F(void, disposeIndex, (CXIndex))                                                                  \
    F(void, toggleCrashRecovery, (unsigned))                                                          \
    F(enum CXErrorCode, parseTranslationUnit2, (CXIndex, const char *, const char *const *, int,      \
                                                CXUnsavedFile *, unsigned, unsigned,                  \
                                                CXTranslationUnit *))                                 \
    F(int, reparseTranslationUnit, (CXTranslationUnit, unsigned, CXUnsavedFile *, unsigned))          \
    F(unsigned, suspendTranslationUnit, (CXTranslationUnit))                                          \
    F(void, disposeTranslationUnit, (CXTranslationUnit))                                              \
    F(int, saveTranslationUnit, (CXTranslationUnit, const char *, unsigned))                          \
    F(unsigned, isFileMultipleIncludeGuarded, (CXTranslationUnit, CXFile))                            \
    F(CXTUResourceUsage, getCXTUResourceUsage, (CXTranslationUnit))                                   \
    F(void, disposeCXTUResourceUsage, (CXTUResourceUsage))                                            \
    F(CXCursor, getTranslationUnitCursor, (CXTranslationUnit))                                        \
    /* tokens */                                                                                      \
    F(CXToken *, getToken, (CXTranslationUnit, CXSourceLocation))                                     \
    F(enum CXTokenKind, getTokenKind, (CXToken))                                                      \
    F(CXString, getTokenSpelling, (CXTranslationUnit, CXToken))                                       \
    F(CXSourceLocation, getTokenLocation, (CXTranslationUnit, CXToken))                               \
    F(CXSourceRange, getTokenExtent, (CXTranslationUnit, CXToken))                                    \
    F(void, tokenize, (CXTranslationUnit, CXSourceRange, CXToken **, unsigned *))                     \
    F(void, annotateTokens, (CXTranslationUnit, CXToken *, unsigned, CXCursor *))                     \
    F(void, disposeTokens, (CXTranslationUnit, CXToken *, unsigned))                                  \
    /* cursors */                                                                                     \
    F(CXCursor, getNullCursor, (void))                                                                \
    F(unsigned, equalCursors, (CXCursor, CXCursor))                                                   \
    F(int, Cursor_isNull, (CXCursor))                                                                 \
    F(unsigned, hashCursor, (CXCursor))                                                               \
    F(CXCursor, getCursor, (CXTranslationUnit, CXSourceLocation))                                     \
    F(unsigned, visitChildren, (CXCursor, CXCursorVisitor, CXClientData))                             \
    F(CXTranslationUnit, Cursor_getTranslationUnit, (CXCursor))                                       \
    F(CXString, getCursorUSR, (CXCursor))                                                             \
    F(CXString, getCursorSpelling, (CXCursor))                                                        \
    F(CXString, getCursorKindSpelling, (enum CXCursorKind))                                           \
    F(CXString, getCursorDisplayName, (CXCursor))                                                     \
    F(CXSourceLocation, getCursorLocation, (CXCursor))                                                \
    F(CXSourceRange, getCursorExtent, (CXCursor))                                                     \
    F(CXSourceRange, Cursor_getSpellingNameRange, (CXCursor, unsigned, unsigned))                     \
    F(CXSourceRange, getCursorReferenceNameRange, (CXCursor, unsigned, unsigned))                     \
    F(CXCursor, getCursorReferenced, (CXCursor))                                                      \
    F(CXCursor, getCursorDefinition, (CXCursor))                                                      \
    F(CXCursor, getCanonicalCursor, (CXCursor))                                                       \
    F(CXCursor, getCursorSemanticParent, (CXCursor))                                                  \
    F(CXCursor, getCursorLexicalParent, (CXCursor))                                                   \
    F(CXCursor, getSpecializedCursorTemplate, (CXCursor))                                             \
    F(enum CXCursorKind, getTemplateCursorKind, (CXCursor))                                           \
    F(void, getOverriddenCursors, (CXCursor, CXCursor **, unsigned *))                                \
    F(void, disposeOverriddenCursors, (CXCursor *))                                                   \
    F(unsigned, getNumOverloadedDecls, (CXCursor))                                                    \
    F(CXCursor, getOverloadedDecl, (CXCursor, unsigned))                                              \
    F(unsigned, isDeclaration, (enum CXCursorKind))                                                   \
    F(unsigned, isReference, (enum CXCursorKind))                                                     \
    F(unsigned, isExpression, (enum CXCursorKind))                                                    \
    F(unsigned, isStatement, (enum CXCursorKind))                                                     \
    F(unsigned, isInvalid, (enum CXCursorKind))                                                       \
    F(unsigned, isPreprocessing, (enum CXCursorKind))                                                 \
    F(unsigned, isCursorDefinition, (CXCursor))                                                       \
    F(unsigned, isInvalidDeclaration, (CXCursor))                                                     \
    F(enum CXLinkageKind, getCursorLinkage, (CXCursor))                                               \
    F(enum CXAvailabilityKind, getCursorAvailability, (CXCursor))                                     \
    F(enum CX_StorageClass, Cursor_getStorageClass, (CXCursor))                                       \
    F(enum CX_CXXAccessSpecifier, getCXXAccessSpecifier, (CXCursor))                                  \
    F(unsigned, Cursor_isAnonymous, (CXCursor))                                                       \
    F(unsigned, Cursor_isAnonymousRecordDecl, (CXCursor))                                             \
    F(unsigned, Cursor_isInlineNamespace, (CXCursor))                                                 \
    F(unsigned, Cursor_isMacroBuiltin, (CXCursor))                                                    \
    F(unsigned, Cursor_isMacroFunctionLike, (CXCursor))                                               \
    F(unsigned, Cursor_isBitField, (CXCursor))                                                        \
    F(int, Cursor_isDynamicCall, (CXCursor))                                                          \
    F(int, Cursor_getNumArguments, (CXCursor))                                                        \
    F(CXCursor, Cursor_getArgument, (CXCursor, unsigned))                                             \
    F(unsigned, Cursor_isVariadic, (CXCursor))                                                        \
    F(unsigned, CXXConstructor_isCopyConstructor, (CXCursor))                                         \
    F(unsigned, CXXConstructor_isMoveConstructor, (CXCursor))                                         \
    F(CXString, getTypePrettyPrinted, (CXType, CXPrintingPolicy))                                     \
    F(long long, getArraySize, (CXType))                                                              \
    F(int, getCursorBinaryOperatorKind, (CXCursor))                                                   \
    F(CXString, getBinaryOperatorKindSpelling, (int))                                                 \
    F(int, getCursorUnaryOperatorKind, (CXCursor))                                                    \
    F(CXString, getUnaryOperatorKindSpelling, (int))                                                  \
    F(unsigned, CXXConstructor_isDefaultConstructor, (CXCursor))                                      \
    F(unsigned, CXXMethod_isExplicit, (CXCursor))                                                     \
    F(int, getCursorExceptionSpecificationType, (CXCursor))                                           \
    F(unsigned, isBeforeInTranslationUnit, (CXSourceLocation, CXSourceLocation))                      \
    F(unsigned, CXXMethod_isDefaulted, (CXCursor))                                                    \
    F(unsigned, CXXMethod_isDeleted, (CXCursor))                                                      \
    F(unsigned, CXXRecord_isAbstract, (CXCursor))                                                     \
    F(unsigned, CXXMethod_isVirtual, (CXCursor))                                                      \
    F(unsigned, CXXMethod_isPureVirtual, (CXCursor))                                                  \
    F(unsigned, CXXMethod_isStatic, (CXCursor))                                                       \
    F(unsigned, CXXMethod_isConst, (CXCursor))                                                        \
    F(unsigned, EnumDecl_isScoped, (CXCursor))                                                        \
    F(long long, getEnumConstantDeclValue, (CXCursor))                                                \
    F(unsigned long long, getEnumConstantDeclUnsignedValue, (CXCursor))                               \
    F(CXType, getEnumDeclIntegerType, (CXCursor))                                                     \
    F(int, getFieldDeclBitWidth, (CXCursor))                                                          \
    F(long long, Cursor_getOffsetOfField, (CXCursor))                                                 \
    F(CXFile, getIncludedFile, (CXCursor))                                                            \
    F(CXString, Cursor_getRawCommentText, (CXCursor))                                                 \
    F(CXString, Cursor_getBriefCommentText, (CXCursor))                                               \
    F(CXSourceRange, Cursor_getCommentRange, (CXCursor))                                              \
    F(CXPrintingPolicy, getCursorPrintingPolicy, (CXCursor))                                          \
    F(void, PrintingPolicy_setProperty, (CXPrintingPolicy, enum CXPrintingPolicyProperty, unsigned))  \
    F(void, PrintingPolicy_dispose, (CXPrintingPolicy))                                               \
    F(CXString, getCursorPrettyPrinted, (CXCursor, CXPrintingPolicy))                                 \
    F(CXEvalResult, Cursor_Evaluate, (CXCursor))                                                      \
    F(enum CXEvalResultKind, EvalResult_getKind, (CXEvalResult))                                      \
    F(long long, EvalResult_getAsLongLong, (CXEvalResult))                                            \
    F(unsigned, EvalResult_isUnsignedInt, (CXEvalResult))                                             \
    F(unsigned long long, EvalResult_getAsUnsigned, (CXEvalResult))                                   \
    F(double, EvalResult_getAsDouble, (CXEvalResult))                                                 \
    F(const char *, EvalResult_getAsStr, (CXEvalResult))                                              \
    F(void, EvalResult_dispose, (CXEvalResult))                                                       \
    /* types */                                                                                       \
    F(CXType, getCursorType, (CXCursor))                                                              \
    F(CXType, getCursorResultType, (CXCursor))                                                        \
    F(CXType, getTypedefDeclUnderlyingType, (CXCursor))                                               \
    F(CXString, getTypeSpelling, (CXType))                                                            \
    F(CXString, getFullyQualifiedName, (CXType, CXPrintingPolicy, unsigned))                          \
    F(CXType, getCanonicalType, (CXType))                                                             \
    F(CXType, getPointeeType, (CXType))                                                               \
    F(CXType, getArrayElementType, (CXType))                                                          \
    F(CXType, getNonReferenceType, (CXType))                                                          \
    F(CXType, getUnqualifiedType, (CXType))                                                           \
    F(unsigned, isConstQualifiedType, (CXType))                                                       \
    F(unsigned, isPODType, (CXType))                                                                  \
    F(int, Type_getCXXRefQualifier, (CXType))                                                         \
    F(CXType, getResultType, (CXType))                                                                \
    F(int, getNumArgTypes, (CXType))                                                                  \
    F(CXType, getArgType, (CXType, unsigned))                                                         \
    F(CXCursor, getTypeDeclaration, (CXType))                                                         \
    F(unsigned, equalTypes, (CXType, CXType))                                                         \
    F(int, Type_getNumTemplateArguments, (CXType))                                                    \
    F(CXType, Type_getTemplateArgumentAsType, (CXType, unsigned))                                     \
    F(long long, Type_getSizeOf, (CXType))                                                            \
    F(long long, Type_getAlignOf, (CXType))                                                           \
    F(unsigned, Type_visitFields, (CXType, CXFieldVisitor, CXClientData))                             \
    F(unsigned, visitCXXBaseClasses, (CXType, CXFieldVisitor, CXClientData))                          \
    F(unsigned, visitCXXMethods, (CXType, CXFieldVisitor, CXClientData))                              \
    /* completion */                                                                                  \
    F(CXCodeCompleteResults *, codeCompleteAt, (CXTranslationUnit, const char *, unsigned, unsigned,  \
                                                CXUnsavedFile *, unsigned, unsigned))                 \
    F(void, disposeCodeCompleteResults, (CXCodeCompleteResults *))                                    \
    F(unsigned long long, codeCompleteGetContexts, (CXCodeCompleteResults *))                         \
    F(unsigned, getNumCompletionChunks, (CXCompletionString))                                         \
    F(enum CXCompletionChunkKind, getCompletionChunkKind, (CXCompletionString, unsigned))             \
    F(CXString, getCompletionChunkText, (CXCompletionString, unsigned))                               \
    F(CXCompletionString, getCompletionChunkCompletionString, (CXCompletionString, unsigned))         \
    F(unsigned, getCompletionPriority, (CXCompletionString))                                          \
    F(enum CXAvailabilityKind, getCompletionAvailability, (CXCompletionString))                       \
    F(CXString, getCompletionParent, (CXCompletionString, enum CXCursorKind *))                       \
    F(CXString, getCompletionBriefComment, (CXCompletionString))                                      \
    F(unsigned, getCompletionNumFixIts, (CXCodeCompleteResults *, unsigned))                          \
    F(CXString, getCompletionFixIt, (CXCodeCompleteResults *, unsigned, unsigned, CXSourceRange *))   \
    /* diagnostics */                                                                                 \
    F(unsigned, getNumDiagnostics, (CXTranslationUnit))                                               \
    F(CXDiagnostic, getDiagnostic, (CXTranslationUnit, unsigned))                                     \
    F(void, disposeDiagnostic, (CXDiagnostic))                                                        \
    F(enum CXDiagnosticSeverity, getDiagnosticSeverity, (CXDiagnostic))                               \
    F(CXSourceLocation, getDiagnosticLocation, (CXDiagnostic))                                        \
    F(CXString, getDiagnosticSpelling, (CXDiagnostic))                                                \
    F(CXString, getDiagnosticOption, (CXDiagnostic, CXString *))                                      \
    F(CXString, getDiagnosticCategoryText, (CXDiagnostic))                                            \
    F(unsigned, getDiagnosticNumRanges, (CXDiagnostic))                                               \
    F(CXSourceRange, getDiagnosticRange, (CXDiagnostic, unsigned))                                    \
    F(unsigned, getDiagnosticNumFixIts, (CXDiagnostic))                                               \
    F(CXString, getDiagnosticFixIt, (CXDiagnostic, unsigned, CXSourceRange *))                        \
    F(CXDiagnosticSet, getChildDiagnostics, (CXDiagnostic))                                           \
    F(unsigned, getNumDiagnosticsInSet, (CXDiagnosticSet))                                            \
    F(CXDiagnostic, getDiagnosticInSet, (CXDiagnosticSet, unsigned))                                  \
    /* indexing */                                                                                    \
    F(CXIndexAction, IndexAction_create, (CXIndex))                                                   \
    F(void, IndexAction_dispose, (CXIndexAction))                                                     \
    F(int, indexSourceFile, (CXIndexAction, CXClientData, IndexerCallbacks *, unsigned, unsigned,     \
                             const char *, const char *const *, int, CXUnsavedFile *, unsigned,       \
                             CXTranslationUnit *, unsigned))                                          \
    F(int, indexTranslationUnit, (CXIndexAction, CXClientData, IndexerCallbacks *, unsigned,          \
                                  unsigned, CXTranslationUnit))                                       \
    F(void, indexLoc_getFileLocation, (CXIdxLoc, CXIdxClientFile *, CXFile *, unsigned *, unsigned *, \
                                       unsigned *))                                                   \
    F(CXSourceLocation, indexLoc_getCXSourceLocation, (CXIdxLoc))                                     \
    F(const CXIdxCXXClassDeclInfo *, index_getCXXClassDeclInfo, (const CXIdxDeclInfo *))              \
    F(const CXIdxObjCInterfaceDeclInfo *, index_getObjCInterfaceDeclInfo, (const CXIdxDeclInfo *))    \
    F(const CXIdxObjCProtocolRefListInfo *, index_getObjCProtocolRefListInfo,                         \
      (const CXIdxDeclInfo *))                                                                        \
    F(CXIdxClientContainer, index_getClientContainer, (const CXIdxContainerInfo *))                   \
    F(void, index_setClientContainer, (const CXIdxContainerInfo *, CXIdxClientContainer))

#endif
