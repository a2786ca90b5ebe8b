// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Who owns which decentralised identifier, and what its owner says of it: an ERC-1056 registry, whose events
/// public resolvers of did:ethr read. Every address is an identity, and its own owner until it says otherwise. From a
/// change of owner on the former owner can do nothing; delegates and attributes stay until they are revoked or expire.
/// Calls that somebody else sends for the owner carry an authorization: EIP-712 typed data ("Commonwatt", "1") signed
/// by the key, or accepted by the contract (EIP-1271), that owns the identity at that moment. No personal data: it
/// would stay for ever.
interface IDidRegistry {
    /// @param name As did:ethr has it, such as `did/pub/P256/veriKey/hex` or `did/svc/MarketApi`, padded with zeros.
    /// @param value 1 to 1,024 bytes.
    /// @param validity Seconds from now on, at most 30 years.
    struct Attribute {
        bytes32 name;
        bytes value;
        uint256 validity;
    }

    /// @param nonce The identity's.
    /// @param deadline Unix time up to which the call may be made, included.
    /// @param signature 65 bytes of a key, with the lower s; whatever it accepts of a contract.
    struct Authorization {
        uint256 nonce;
        uint256 deadline;
        bytes signature;
    }

    // As ERC-1056 has them: resolvers find them by their topics.
    // solhint-disable gas-indexed-events

    /// @notice Owner zero: the identity is deactivated, for ever.
    /// @param previousChange Number of the block with the change before, as in the others; zero for the first.
    event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange);
    /// @param validTo Unix time at which it ends; zero when it is revoked, so that it is not valid in that second.
    event DIDDelegateChanged(
        address indexed identity,
        bytes32 delegateType,
        address delegate,
        uint256 validTo,
        uint256 previousChange
    );
    /// @param validTo Unix time at which it ends; zero when it is revoked.
    event DIDAttributeChanged(
        address indexed identity,
        bytes32 name,
        bytes value,
        uint256 validTo,
        uint256 previousChange
    );
    // solhint-enable gas-indexed-events

    error DidRegistryNotTheOwner(address identity, address caller);
    error DidRegistryDeactivated(address identity);
    /// @notice `owner`, who owns the identity, did not sign this very call for this registry and chain.
    error DidRegistryInvalidSignature(address identity, address owner);
    error DidRegistryWrongNonce(address identity, uint256 expected, uint256 given);
    error DidRegistryExpired(uint256 deadline, uint256 time);
    error DidRegistryInvalidDelegate();
    /// @notice Names of attributes and types of delegates are not empty.
    error DidRegistryInvalidName();
    error DidRegistryInvalidValue(uint256 length, uint256 limit);
    error DidRegistryInvalidValidity(uint256 validity, uint256 limit);
    error DidRegistryInvalidCount(uint256 count, uint256 limit);
    error DidRegistryNoDelegate(address identity, bytes32 delegateType, address delegate);
    error DidRegistryNotRecovery(address caller);
    /// @notice Nobody is replaced by nobody: only owners deactivate their identities.
    error DidRegistryInvalidOwner();

    /// @notice Zero deactivates the identity for ever. By its owner, as everything up to `revokeAttribute`.
    /// @custom:access the owner of the identity
    function changeOwner(address identity, address newOwner) external;
    /// @param delegateType `veriKey`, `sigAuth` or `enc` padded with zeros, or a type that resolvers pass over.
    /// @param validity Seconds from now on, at most 30 years.
    /// @custom:access the owner of the identity
    function addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity) external;
    /// @custom:access the owner of the identity
    function revokeDelegate(address identity, bytes32 delegateType, address delegate) external;
    /// @custom:access the owner of the identity
    function setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity) external;
    /// @notice 1 to 16 of them, all or none.
    /// @custom:access the owner of the identity
    function setAttributes(address identity, Attribute[] calldata attributes) external;
    /// @custom:access the owner of the identity
    function revokeAttribute(address identity, bytes32 name, bytes calldata value) external;

    /// @notice The same by anybody with the owner's authorization, which counts once.
    /// @custom:access whoever has a signature of the owner of the identity
    function changeOwnerSigned(
        address identity,
        address newOwner,
        Authorization calldata authorization
    ) external;
    /// @custom:access whoever has a signature of the owner of the identity
    function addDelegateSigned(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity,
        Authorization calldata authorization
    ) external;
    /// @custom:access whoever has a signature of the owner of the identity
    function revokeDelegateSigned(
        address identity,
        bytes32 delegateType,
        address delegate,
        Authorization calldata authorization
    ) external;
    /// @custom:access whoever has a signature of the owner of the identity
    function setAttributeSigned(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity,
        Authorization calldata authorization
    ) external;
    /// @custom:access whoever has a signature of the owner of the identity
    function setAttributesSigned(
        address identity,
        Attribute[] calldata attributes,
        Authorization calldata authorization
    ) external;
    /// @custom:access whoever has a signature of the owner of the identity
    function revokeAttributeSigned(
        address identity,
        bytes32 name,
        bytes calldata value,
        Authorization calldata authorization
    ) external;

    /// @notice Replaces the owner whose key is lost. By the Recovery contract alone.
    /// @custom:access the Recovery contract
    function recoverOwner(address identity, address newOwner) external;

    /// @notice Zero for a deactivated identity.
    function identityOwner(address identity) external view returns (address);
    /// @notice Whether the delegate is valid now, of an identity that is not deactivated.
    function validDelegate(
        address identity,
        bytes32 delegateType,
        address delegate
    ) external view returns (bool);
    /// @notice Zero for an identity that never changed its owner, as for a deactivated one: see `identityOwner`.
    function owners(address identity) external view returns (address);
    /// @notice Unix time up to which the delegate is valid, not included; zero for none.
    /// @param typeHash Keccak-256 of the delegate's type, as in ERC-1056.
    function delegates(address identity, bytes32 typeHash, address delegate) external view returns (uint256);
    /// @notice Number of the block with the identity's last change; zero for none.
    function changed(address identity) external view returns (uint256);
    /// @notice Counts signed calls and changes of owner: what a former owner signed never counts again.
    function nonce(address identity) external view returns (uint256);
    function ownerChangesOf(address identity) external view returns (uint256);
}
